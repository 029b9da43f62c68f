import { isHeld } from '../../domain/job-lifecycle.ts'
import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { type Job, type LockedJob, lockJob } from '../store/jobs/lock-job.ts'
import type { Tx } from './transact.ts'

/** A worker's claim on a job. */
export interface Hold {
  jobId: string
  claimToken: string
}

/** Locks run and job of a claim that must still be held: the fence of every write by a claim holder. */
export async function lockHeld(tx: Tx, caller: Caller, hold: Hold): Promise<LockedJob> {
  const locked = await lockOwn(tx, caller, hold.jobId)
  if (!isHeldBy(locked.job, hold)) throw lostHold(locked.job, hold)
  return locked
}

/** Locks run and job of a claim that must be attached, because its call is about the work in a worktree. */
export async function lockRunning(tx: Tx, caller: Caller, hold: Hold): Promise<LockedJob> {
  const locked = await lockHeld(tx, caller, hold)
  if (locked.job.status !== 'RUNNING') throw new AppError('INVALID_TRANSITION', 'The job has no worktree yet.')
  return locked
}

/** Locks run and job if the job is the caller's; otherwise NOT_FOUND, whether it exists or not. */
export async function lockOwn(tx: Tx, caller: Caller, jobId: string): Promise<LockedJob> {
  const locked = await lockJob(tx.client, jobId)
  if (!locked || !mayHold(caller, locked.job)) throw unknownJob(jobId)
  return locked
}

/** Whether the claim is the one under which the job is at work. */
export function isHeldBy(job: Job, hold: Hold): boolean {
  return job.claimToken === hold.claimToken && isHeld(job.status)
}

/** What to tell a worker whose claim is no longer the job's. */
export function lostHold(job: Job, hold: Hold): AppError {
  if (job.claimToken === hold.claimToken && job.status === 'CANCELLED')
    return new AppError('JOB_CANCELLED', `Job ${job.id} was cancelled. Your work is kept on a rescue ref.`)
  if (job.claimToken === hold.claimToken && job.status !== 'QUEUED')
    return new AppError('LEASE_LOST', `Job ${job.id} is ${job.status.toLowerCase()} already.`)
  return new AppError('LEASE_LOST', `The claim on job ${job.id} has ended; another attempt may hold it by now.`)
}

/** The same answer for another user's job and for none. */
export function unknownJob(jobId: string): AppError {
  return new AppError('NOT_FOUND', `There is no job ${jobId}.`)
}

function mayHold(caller: Caller, job: Job): boolean {
  if (job.claimedByTokenId === caller.tokenId) return true
  return caller.worksFor.includes(job.userId) && (caller.productIds?.includes(job.productId) ?? true)
}
