import { HELD_ELSEWHERE } from '../../domain/held-elsewhere.ts'
import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import type { Job } from '../store/jobs/lock-job.ts'
import { patchJob } from '../store/jobs/move-job.ts'
import { leaseOfAtLeast, type RenewedLease, renewLease } from '../store/jobs/renew-lease.ts'
import { CLOCK } from '../store/schema/columns.ts'
import { type Hold, isHeldBy, lockOwn, lockRunning, lostHold } from './hold.ts'
import { leaseSecondsFor } from './lease-seconds.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

/**
 * Renews the lease (or offer) of a claim by one statement; returns its new end, and how the job's run stands. For a named
 * worker only while that is the holder: LEASE_LOST says so once another one has taken the claim over.
 */
export async function renewClaim(
  server: Server,
  caller: Caller,
  hold: Hold & { workerId: string | null },
  silentSeconds: number | null = null,
): Promise<RenewedLease> {
  const { offerSeconds, longestSetUpSeconds } = server.settings
  const renewed = await renewLease(
    server.pool,
    { userIds: caller.worksFor, ...hold },
    { lease: leaseSecondsFor(server, silentSeconds), offer: offerSeconds, longestSetUp: longestSetUpSeconds },
  )
  if (renewed) return renewed
  throw await transact(server, async tx => {
    const { job } = await lockOwn(tx, caller, hold.jobId)
    const isTaken = isHeldBy(job, hold) && hold.workerId !== null && job.workerId !== hold.workerId
    return isTaken ? heldElsewhere(job) : lostHold(job, hold)
  })
}

function heldElsewhere({ id }: Job): AppError {
  const hint = HELD_ELSEWHERE
  return new AppError('LEASE_LOST', `Job ${id} is held by another agent, which brought its claim token.`, { hint })
}

/** Records that the agent has begun, once, and renews its lease; returns the lease's new end. */
export async function startJob(
  server: Server,
  caller: Caller,
  hold: Hold,
  silentSeconds: number | null = null,
): Promise<Date> {
  return transact(server, async tx => {
    const { job } = await lockRunning(tx, caller, hold)
    const { leaseUntil } = await patchJob(tx.client, job, {
      startedAt: job.startedAt ?? CLOCK,
      leaseUntil: leaseOfAtLeast(leaseSecondsFor(server, silentSeconds)),
    })
    return leaseUntil ?? new Date()
  })
}
