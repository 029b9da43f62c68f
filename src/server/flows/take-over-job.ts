import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { readAttempt } from '../store/attempts/attempts.ts'
import { violatesUnique } from '../store/database-error.ts'
import { readHostName, readWorkerHost } from '../store/hosts/hosts.ts'
import type { Job } from '../store/jobs/lock-job.ts'
import { patchJob } from '../store/jobs/move-job.ts'
import { leaseOfAtLeast } from '../store/jobs/renew-lease.ts'
import { CLOCK } from '../store/schema/columns.ts'
import { type Attached, readAttached } from './attach-worktree.ts'
import { type Hold, isHeldBy, lockOwn, lostHold } from './hold.ts'
import { leaseSecondsFor } from './lease-seconds.ts'
import type { Server } from './server-context.ts'
import { type LapsedTaker, takeUpLapsed } from './take-up-lapsed.ts'
import { type Tx, transact } from './transact.ts'

export interface Taker {
  workerId: string
  silentSeconds: number | null
}
export interface TakenOver extends Attached {
  worktreePath: string
}

/**
 * Makes another worker of the same host the holder of a live claim, whose token is the proof, and renews its lease; also
 * of one that has lapsed, uncharged, as long as nothing came of that. Returns the whole context. Repeating it changes
 * nothing. LEASE_LOST when the claim is over for good, WRONG_HOST from anywhere but the host that has the worktree,
 * CONFLICT for a worker that holds another job.
 */
export async function takeOverJob(server: Server, caller: Caller, hold: Hold, taker: Taker): Promise<TakenOver> {
  try {
    return await transact(server, async tx => {
      const locked = await lockOwn(tx, caller, hold.jobId)
      const { job } = locked
      const isLive = isHeldBy(job, hold)
      if (!isLive && job.claimToken !== hold.claimToken) throw lostHold(job, hold)
      await assertSameHost(tx, caller, job, taker.workerId)
      const leaseUntil = leaseOfAtLeast(leaseSecondsFor(server, taker.silentSeconds))
      const holder = { workerId: taker.workerId, tokenId: caller.tokenId, leaseUntil }
      if (isLive) await passOn(tx, job, holder)
      else await takeUpLapsed(tx, locked, hold, holder)
      const attempt = await readAttempt(tx.client, job.id, job.claimNo)
      if (!attempt) throw new AppError('INTERNAL_ERROR', `Job ${job.id} has lost its attempt.`)
      return { ...(await readAttached(tx.client, job.id)), worktreePath: attempt.worktreePath }
    })
  } catch (error) {
    if (!violatesUnique(error, 'claude_jobs_one_per_worker')) throw error
    throw new AppError('CONFLICT', 'This worker holds another job already.', {
      hint: 'Finish that one first, or resume under another worker name.',
      cause: error,
    })
  }
}

async function passOn(tx: Tx, job: Job, { workerId, tokenId, leaseUntil }: LapsedTaker): Promise<void> {
  if (job.status !== 'RUNNING') throw new AppError('INVALID_TRANSITION', 'The job has no worktree yet.')
  await patchJob(tx.client, job, { workerId, claimedByTokenId: tokenId, leaseUntil, activeAt: CLOCK })
  if (job.workerId !== workerId)
    tx.tell(job, 'RESUMED', 'Another connection of its host brought the claim token, and goes on with it.')
}

async function assertSameHost(tx: Tx, caller: Caller, job: Job, workerId: string): Promise<void> {
  const hostId = await readWorkerHost(tx.client, caller.userId, workerId)
  if (!hostId) throw new AppError('NOT_FOUND', `There is no worker ${workerId}.`, { hint: 'Register the host again.' })
  if (hostId === job.hostId) return
  const name = job.hostId ? await readHostName(tx.client, caller.userId, job.hostId) : null
  throw new AppError('WRONG_HOST', `The worktree of job ${job.id} is on host ${name ?? job.hostId}, not on this one.`, {
    hint: 'Go on with it there, with the same data folder (SCRUM4ME_DATA_DIR); here, call wait_for_job without resume.',
  })
}
