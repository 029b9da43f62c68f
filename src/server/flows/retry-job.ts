import { isDecided } from '../../domain/backlog-lifecycle.ts'
import type { Caller } from '../../domain/permissions.ts'
import { isRunEnded } from '../../domain/sprint-run-lifecycle.ts'
import { AppError } from '../../errors.ts'
import { liftBars } from '../store/attempts/bars.ts'
import { lockTask } from '../store/backlog/lock-task.ts'
import { violatesUnique } from '../store/database-error.ts'
import type { Job, LockedJob } from '../store/jobs/lock-job.ts'
import { readLiveJobId } from '../store/jobs/lock-live-job.ts'
import { lockTakenAlong } from '../store/jobs/lock-taken-along.ts'
import { moveJob, patchJob } from '../store/jobs/move-job.ts'
import { mendLine } from '../store/lines/lines.ts'
import { assertNoBatch } from './assert-no-batch.ts'
import { jobChange } from './job-change.ts'
import { lockReadable } from './lock-readable.ts'
import { moveTaskAndParents } from './propagate.ts'
import type { Server } from './server-context.ts'
import { type Tx, transact } from './transact.ts'

/**
 * Queues a failed or cancelled job once more, with all its attempts, and what its failure took along, unless that is not
 * wanted any more. In a run that has ended it is refused with the way to go on. A queued one that hosts are barred from
 * is offered to all of them again.
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
  if (locked.job.status === 'QUEUED' && (await liftBars(tx.client, jobId))) return offerAgain(tx, locked.job)
  assertEnded(locked.job)
  assertRunGoesOn(locked)
  const takenAlong = await lockTakenAlong(tx.client, jobId)
  await assertWanted(tx, locked.job)
  const queued = await requeue(tx, locked.job, 'Queued again by a person, with all its attempts.')
  for (const job of takenAlong) if (await isWanted(tx, job)) await requeue(tx, job, `Queued again with job ${jobId}.`)
  return queued
}

/** A person has mended what barred hosts from a job: those who wait there look again. */
async function offerAgain(tx: Tx, job: Job): Promise<Job> {
  const offered = await patchJob(tx.client, job, { setupFailures: 0, notBefore: null })
  tx.changed(jobChange(offered, 'claude_job_enqueued'))
  tx.tell(offered, 'QUEUED', 'Offered to every host again by a person.')
  return offered
}

/** A held job may go back to the queue too, but not from under its agent. */
function assertEnded({ id, status }: Job): void {
  if (status === 'FAILED' || status === 'CANCELLED') return
  throw new AppError(
    'INVALID_TRANSITION',
    `Job ${id} is ${status.toLowerCase()}; only a failed or cancelled one is tried again, or a queued one that a host is barred from.`,
  )
}

function assertRunGoesOn({ job, run }: LockedJob): void {
  if (!run || !isRunEnded(run.status)) return
  throw new AppError('INVALID_TRANSITION', `The run of job ${job.id} has ended, ${run.status.toLowerCase()}.`, {
    hint: `Go on with start_sprint_run {"sprint_id": "${run.sprintId}", "previous_run_id": "${run.id}"}.`,
  })
}

/** Throws when a person has finished or excluded the task meanwhile, or a sprint's job does it. */
async function assertWanted(tx: Tx, job: Job): Promise<void> {
  const task = job.taskId && (await lockTask(tx.client, job.taskId))
  if (!task) return
  if (task.status === 'DONE' || task.status === 'EXCLUDED')
    throw new AppError('INVALID_TRANSITION', `Task ${task.code} is ${task.status.toLowerCase()}.`)
  await assertNoBatch(tx, task)
}

/** Whether a job that was taken along is still to be done: its task may be decided, or with an agent, by now. */
async function isWanted(tx: Tx, { taskId }: Job): Promise<boolean> {
  if (taskId === null) return true
  const task = await lockTask(tx.client, taskId)
  return task !== null && !isDecided(task.status) && (await readLiveJobId(tx.client, taskId)) === null
}

async function requeue(tx: Tx, job: Job, words: string): Promise<Job> {
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
