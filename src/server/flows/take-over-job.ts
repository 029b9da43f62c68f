import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { readAttempt } from '../store/attempts/attempts.ts'
import { violatesUnique } from '../store/database-error.ts'
import { readHostName, readWorkerHost } from '../store/hosts/hosts.ts'
import type { Job } from '../store/jobs/lock-job.ts'
import { patchJob } from '../store/jobs/move-job.ts'
import { leaseOfAtLeast } from '../store/jobs/renew-lease.ts'
import { type Attached, readAttached } from './attach-worktree.ts'
import { type Hold, lockRunning } from './hold.ts'
import { leaseSecondsFor } from './lease-seconds.ts'
import type { Server } from './server-context.ts'
import { type Tx, transact } from './transact.ts'

export interface Taker {
  workerId: string
  silentSeconds: number | null
}
export interface TakenOver extends Attached {
  worktreePath: string
}

/**
 * Makes another worker of the same host the holder of a live claim, whose token is the proof, and renews its lease;
 * returns the whole context. Repeating it changes nothing. WRONG_HOST from anywhere but the host that has the worktree,
 * CONFLICT for a worker that holds another job.
 */
export async function takeOverJob(server: Server, caller: Caller, hold: Hold, taker: Taker): Promise<TakenOver> {
  try {
    return await transact(server, async tx => {
      const { job } = await lockRunning(tx, caller, hold)
      await assertSameHost(tx, caller, job, taker.workerId)
      await patchJob(tx.client, job, {
        workerId: taker.workerId,
        claimedByTokenId: caller.tokenId,
        leaseUntil: leaseOfAtLeast(leaseSecondsFor(server, taker.silentSeconds)),
      })
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

async function assertSameHost(tx: Tx, caller: Caller, job: Job, workerId: string): Promise<void> {
  const hostId = await readWorkerHost(tx.client, caller.userId, workerId)
  if (!hostId) throw new AppError('NOT_FOUND', `There is no worker ${workerId}.`, { hint: 'Register the host again.' })
  if (hostId === job.hostId) return
  const name = job.hostId ? await readHostName(tx.client, caller.userId, job.hostId) : null
  throw new AppError('WRONG_HOST', `The worktree of job ${job.id} is on host ${name ?? job.hostId}, not on this one.`, {
    hint: 'Go on with it there, with the same data folder (SCRUM4ME_DATA_DIR); here, call wait_for_job without resume.',
  })
}
