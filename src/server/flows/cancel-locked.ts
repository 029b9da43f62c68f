import { shortSha } from '../../domain/job-events.ts'
import type { Job, LockedJob } from '../store/jobs/lock-job.ts'
import { patchJob } from '../store/jobs/move-job.ts'
import { CLOCK } from '../store/schema/columns.ts'
import { finishJob } from './finish-job.ts'
import { jobChange } from './job-change.ts'
import type { Tx } from './transact.ts'

/**
 * Cancels a live job whose run and row are locked. One that has passed deliver is only asked to end, because its commit
 * may be out already: the next look at origin settles or cancels it.
 */
export async function cancelLocked(tx: Tx, locked: LockedJob, reason: string): Promise<Job> {
  const { job } = locked
  if (!job.headSha) return finishJob(tx, locked, 'CANCELLED', { error: reason })
  const asked = await patchJob(tx.client, job, { cancelRequestedAt: job.cancelRequestedAt ?? CLOCK })
  tx.changed(jobChange(asked))
  const sha = shortSha(job.headSha)
  tx.tell(
    asked,
    'CANCEL_REQUESTED',
    `${reason} ${sha} was on its way: the job is done if origin has it, else cancelled.`,
  )
  return asked
}
