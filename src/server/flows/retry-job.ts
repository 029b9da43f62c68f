import type { Caller } from '../../domain/permissions.ts'
import { isRunEnded } from '../../domain/sprint-run-lifecycle.ts'
import { AppError } from '../../errors.ts'
import { liftBars } from '../store/attempts/bars.ts'
import { violatesUnique } from '../store/database-error.ts'
import type { Job, LockedJob } from '../store/jobs/lock-job.ts'
import { lockTakenAlong } from '../store/jobs/lock-taken-along.ts'
import { moveJob } from '../store/jobs/move-job.ts'
import { readWork } from '../store/jobs/read-work.ts'
import { mendLine } from '../store/lines/lines.ts'
import { jobChange } from './job-change.ts'
import { lockReadable } from './lock-readable.ts'
import { moveTaskAndParents } from './propagate.ts'
import type { Server } from './server-context.ts'
import { type Tx, transact } from './transact.ts'

/**
 * Queues a failed or cancelled job once more, with all its attempts, and what its failure took along. In a run that has
 * ended it is refused with the way to go on.
 */
export async function retryJob(server: Server, caller: Caller, jobId: string): Promise<Job> {
  try {
    return await transact(server, tx => retry(tx, caller, jobId))
  } catch (error) {
    if (!violatesUnique(error, 'claude_jobs_one_live_per_task')) throw error
    throw new AppError('CONFLICT', `The task of job ${jobId} has another live job already.`, { cause: error })
  }
}

async function retry(tx: Tx, caller: Caller, jobId: string): Promise<Job> {
  const locked = await lockReadable(tx, caller, jobId)
  assertEnded(locked.job)
  assertRunGoesOn(locked)
  const queued = await requeue(tx, locked.job, 'Queued again by a person, with all its attempts.')
  for (const job of await lockTakenAlong(tx.client, jobId)) await requeue(tx, job, `Queued again with job ${jobId}.`)
  return queued
}

/** A held job may go back to the queue too, but not from under its agent. */
function assertEnded({ id, status }: Job): void {
  if (status === 'FAILED' || status === 'CANCELLED') return
  throw new AppError(
    'INVALID_TRANSITION',
    `Job ${id} is ${status.toLowerCase()}; only a failed or cancelled one is tried again.`,
  )
}

function assertRunGoesOn({ job, run }: LockedJob): void {
  if (!run || !isRunEnded(run.status)) return
  throw new AppError('INVALID_TRANSITION', `The run of job ${job.id} has ended, ${run.status.toLowerCase()}.`, {
    hint: `Go on with start_sprint_run {"sprint_id": "${run.sprintId}", "previous_run_id": "${run.id}"}.`,
  })
}

async function requeue(tx: Tx, job: Job, words: string): Promise<Job> {
  const work = await readWork(tx.client, job.id)
  const task = work?.task
  if (task?.status === 'DONE' || task?.status === 'EXCLUDED')
    throw new AppError('INVALID_TRANSITION', `Task ${task.code} is ${task.status.toLowerCase()}.`)
  const queued = await moveJob(tx.client, job, 'QUEUED', FRESH)
  await liftBars(tx.client, job.id)
  if (job.taskId) await moveTaskAndParents(tx, job.userId, job.taskId, 'TO_DO')
  await mendLine(tx.client, job, job.id)
  tx.changed(jobChange(queued, 'claude_job_enqueued'))
  tx.tell(queued, 'QUEUED', words)
  return queued
}

/** Head stays: a commit that passed deliver may be on origin, and the next host looks first. */
const FRESH = {
  claimToken: null,
  claimedByTokenId: null,
  workerId: null,
  hostId: null,
  retryCount: 0,
  setupFailures: 0,
  notBefore: null,
  finishedAt: null,
  cancelRequestedAt: null,
  cancelledByJobId: null,
  error: null,
} as const
