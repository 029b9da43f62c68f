import { type AttemptOutcome, MAX_SETUP_FAILURES } from '../../domain/attempts.ts'
import { isRunEnded } from '../../domain/sprint-run-lifecycle.ts'
import { closeAttempt } from '../store/attempts/attempts.ts'
import type { Job, LockedJob } from '../store/jobs/lock-job.ts'
import { type JobPatch, moveJob } from '../store/jobs/move-job.ts'
import { finishJob } from './finish-job.ts'
import { jobChange } from './job-change.ts'
import { KIND_RULES } from './kinds/index.ts'
import type { Tx } from './transact.ts'

/**
 * Puts a held job, whose run and row are locked, back into the queue, and what it had begun back to TO_DO. If the run has ended
 * meanwhile it is cancelled instead, unless it has passed deliver: then the next host looks what origin has.
 */
export async function requeueJob(
  tx: Tx,
  locked: LockedJob,
  outcome: Extract<AttemptOutcome, 'LAPSED' | 'GIVEN_BACK'>,
  patch: JobPatch & { error: string },
): Promise<Job> {
  const { job, run } = locked
  if (run && isRunEnded(run.status) && !job.headSha) return finishJob(tx, locked, 'CANCELLED', { error: patch.error })

  const queued = await moveJob(tx.client, job, 'QUEUED', { ...patch, leaseUntil: null, attachedAt: null })
  await closeAttempt(
    tx.client,
    { jobId: job.id, claimNo: job.claimNo },
    {
      outcome,
      error: patch.error,
      summary: null,
      headSha: job.headSha,
    },
  )
  tx.changed(jobChange(queued))
  tx.tell(queued, outcome, [patch.error, ...priceOf(job, queued)].join(' '))
  await KIND_RULES[job.kind].interrupt(tx, job)
  return queued
}

/** What going back has cost a job. */
function priceOf(before: Job, after: Job): string[] {
  if (after.retryCount > before.retryCount) return [`${after.retryCount} of ${after.maxAttempts} attempts are used.`]
  if (after.setupFailures === before.setupFailures) return []
  return [`${after.setupFailures} of ${MAX_SETUP_FAILURES} set-ups have failed.`]
}
