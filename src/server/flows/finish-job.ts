import { closeAttempt } from '../store/attempts/attempts.ts'
import type { Job, LockedJob, SprintRun } from '../store/jobs/lock-job.ts'
import { type JobPatch, moveJob } from '../store/jobs/move-job.ts'
import { lockQueuedLane } from '../store/runs/runs.ts'
import { CLOCK } from '../store/schema/columns.ts'
import { endRunIfOver } from './end-run.ts'
import { jobChange } from './job-change.ts'
import { KIND_RULES } from './kinds/index.ts'
import type { Ending } from './kinds/kind-rules.ts'
import type { Tx } from './transact.ts'

/**
 * Ends a job whose run and row are locked, with all that hangs on it: attempt, task, story, PBI, the rest of its lane,
 * run, sprint and events, in the caller's transaction.
 */
export async function finishJob(
  tx: Tx,
  { job, run }: LockedJob,
  to: Ending,
  end: JobPatch & { error?: string | null } = {},
): Promise<Job> {
  const ended = await endOne(tx, job, to, end)
  if (run && to === 'FAILED') await cancelRestOfLane(tx, run, ended)
  if (run) await endRunIfOver(tx, run)
  return ended
}

async function endOne(tx: Tx, job: Job, to: Ending, end: JobPatch): Promise<Job> {
  const ended = await moveJob(tx.client, job, to, { ...end, finishedAt: CLOCK, leaseUntil: null, notBefore: null })
  await closeAttempt(
    tx.client,
    { jobId: job.id, claimNo: job.claimNo },
    {
      outcome: to,
      error: ended.error,
      summary: ended.summary,
      headSha: ended.headSha,
    },
  )
  tx.changed(jobChange(ended))
  await KIND_RULES[job.kind].end(tx, ended, to)
  return ended
}

/** A failed task takes the queued rest of its line with it; what was delivered already is looked at and settled. */
async function cancelRestOfLane(tx: Tx, run: SprintRun, failed: Job): Promise<void> {
  const error = `Cancelled because job ${failed.id}, which comes before it on ${failed.branch}, failed.`
  for (const job of await lockQueuedLane(tx.client, run, failed)) {
    await endOne(tx, job, 'CANCELLED', { error, cancelledByJobId: failed.id })
  }
}
