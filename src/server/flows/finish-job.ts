import { shortSha } from '../../domain/job-events.ts'
import { closeAttempt } from '../store/attempts/attempts.ts'
import type { Job, LockedJob, SprintRun } from '../store/jobs/lock-job.ts'
import { type JobPatch, moveJob } from '../store/jobs/move-job.ts'
import { markBroken, markDone } from '../store/lines/lines.ts'
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
  const rest = run && to === 'FAILED' ? await cancelRestOfLane(tx, run, ended) : []
  if (run) await endRunIfOver(tx, run)
  for (const other of rest) await noteOnLine(tx, other, 'CANCELLED')
  await noteOnLine(tx, ended, to)
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
  // Last, after what it says of the tasks of a sprint that end with it.
  tx.tell(ended, to, to === 'DONE' ? deliveryOf(ended) : (ended.error ?? 'Ended without a reason.'))
  return ended
}

function deliveryOf({ headSha, pushedAt, branch }: Job): string {
  return pushedAt ? `${shortSha(headSha)} is on ${branch}.` : `${shortSha(headSha)} has nothing new to push.`
}

/** A line on which begun work failed or was cancelled is for that job's retry or continuation alone. */
async function noteOnLine(tx: Tx, job: Job, to: Ending): Promise<void> {
  if (to === 'DONE') return markDone(tx.client, job, { isPushed: job.pushedAt !== null })
  if (to !== 'SKIPPED' && job.baseSha !== null) await markBroken(tx.client, job, job.id)
}

/** A failed task takes the queued rest of its line with it; what was delivered already is looked at and settled. */
async function cancelRestOfLane(tx: Tx, run: SprintRun, failed: Job): Promise<Job[]> {
  const error = `Cancelled because job ${failed.id}, which comes before it on ${failed.branch}, failed.`
  const rest: Job[] = []
  for (const job of await lockQueuedLane(tx.client, run, failed))
    rest.push(await endOne(tx, job, 'CANCELLED', { error, cancelledByJobId: failed.id }))
  return rest
}
