import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { lockTaskOf } from '../store/backlog/read-items.ts'
import { type LockedJob, lockJob, lockRun, type SprintRun } from '../store/jobs/lock-job.ts'
import { readJob } from '../store/jobs/read-job.ts'
import { readRun } from '../store/runs/runs.ts'
import { unknownJob } from './hold.ts'
import type { Tx } from './transact.ts'

/** Locks run and job of a product that the caller is a member of; otherwise NOT_FOUND, whether it exists or not. */
export async function lockReadable(tx: Tx, caller: Caller, jobId: string): Promise<LockedJob> {
  const locked = (await readJob(tx.client, caller, jobId)) && (await lockJob(tx.client, jobId))
  if (!locked) throw unknownJob(jobId)
  return locked
}

/** The same for a run. */
export async function lockReadableRun(tx: Tx, caller: Caller, sprintRunId: string): Promise<SprintRun> {
  const run = (await readRun(tx.client, caller, sprintRunId)) && (await lockRun(tx.client, sprintRunId))
  if (!run) throw new AppError('NOT_FOUND', `There is no sprint run ${sprintRunId}.`)
  return run
}

/** The same for a task, which comes with its product: until the transaction ends nobody sets or enqueues it. */
export async function lockReadableTask(tx: Tx, caller: Caller, taskId: string) {
  const found = await lockTaskOf(tx.client, caller, taskId)
  if (!found) throw new AppError('NOT_FOUND', `There is no task ${taskId}.`)
  return found
}
