import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { patchJob } from '../store/jobs/move-job.ts'
import { renewLease } from '../store/jobs/renew-lease.ts'
import { CLOCK, inSeconds } from '../store/schema/columns.ts'
import { type Hold, lockHeld, lockOwn, lostHold } from './hold.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

/** Renews the lease (or offer) of a claim by one statement; returns its new end. */
export async function renewClaim(server: Server, caller: Caller, hold: Hold): Promise<Date> {
  const { leaseSeconds, offerSeconds, longestSetUpSeconds } = server.settings
  const renewed = await renewLease(
    server.pool,
    { userId: caller.userId, ...hold },
    { lease: leaseSeconds, offer: offerSeconds, longestSetUp: longestSetUpSeconds },
  )
  if (renewed) return renewed.leaseUntil
  throw await transact(server, async tx => lostHold((await lockOwn(tx, caller, hold.jobId)).job, hold))
}

/** Records that the agent has begun, once, and renews its lease; returns the lease's new end. */
export async function startJob(server: Server, caller: Caller, hold: Hold): Promise<Date> {
  return transact(server, async tx => {
    const { job } = await lockHeld(tx, caller, hold)
    if (job.status !== 'RUNNING') throw new AppError('INVALID_TRANSITION', 'The job has no worktree yet.')
    const { leaseUntil } = await patchJob(tx.client, job, {
      startedAt: job.startedAt ?? CLOCK,
      leaseUntil: inSeconds(server.settings.leaseSeconds),
    })
    return leaseUntil ?? new Date()
  })
}
