import { MAX_SETUP_FAILURES, setupBackOffSeconds } from '../../domain/attempts.ts'
import type { Caller } from '../../domain/permissions.ts'
import { barHost, hasUnbarredHost } from '../store/attempts/bars.ts'
import type { Job, LockedJob } from '../store/jobs/lock-job.ts'
import { inSeconds } from '../store/schema/columns.ts'
import { finishJob } from './finish-job.ts'
import { type Hold, lockHeld } from './hold.ts'
import { requeueJob } from './requeue-job.ts'
import type { Server } from './server-context.ts'
import { type Tx, transact } from './transact.ts'

/** Whose fault a give-back is: a client that merely went away, a set-up that may work later, or this host's. */
export type Blame = 'nobody' | 'setup' | 'host'

/**
 * Undoes a claim that could not be made ready. It costs no attempt; a failed set-up waits longer each time and the
 * tenth fails the job; a host that cannot take it is barred, and without another live one the job fails at once.
 */
export async function giveBackClaim(
  server: Server,
  caller: Caller,
  hold: Hold,
  cause: { blame: Blame; reason: string },
): Promise<Job> {
  return transact(server, async tx => {
    const locked = await lockHeld(tx, caller, hold)
    if (cause.blame === 'nobody') return requeueJob(tx, locked, 'GIVEN_BACK', { ...freed, error: cause.reason })

    const verdict = await hopeless(server, tx, locked.job, cause)
    const setupFailures = locked.job.setupFailures + 1
    if (verdict) return finishJob(tx, locked, 'FAILED', { error: verdict, setupFailures })
    return requeueWithBackOff(tx, locked, cause, setupFailures)
  })
}

const freed = { claimToken: null, claimedByTokenId: null, workerId: null, hostId: null }

async function requeueWithBackOff(
  tx: Tx,
  locked: LockedJob,
  cause: { blame: Blame; reason: string },
  setupFailures: number,
): Promise<Job> {
  // Another host may take a job at once that this one cannot set up.
  const pause = cause.blame === 'host' ? null : inSeconds(setupBackOffSeconds(locked.job.setupFailures))
  return requeueJob(tx, locked, 'GIVEN_BACK', { ...freed, error: cause.reason, setupFailures, notBefore: pause })
}

/** Why no further try can help, or null. */
async function hopeless(
  server: Server,
  tx: Tx,
  job: Job,
  cause: { blame: Blame; reason: string },
): Promise<string | null> {
  if (job.setupFailures + 1 >= MAX_SETUP_FAILURES)
    return `Given up after ${MAX_SETUP_FAILURES} failed set-ups. The last one: ${cause.reason}`
  if (cause.blame !== 'host' || !job.hostId) return null
  await barHost(tx.client, { jobId: job.id, hostId: job.hostId, reason: cause.reason })
  const another = await hasUnbarredHost(tx.client, job.id, server.settings.hostAliveSeconds)
  return another ? null : noHostCanTake(cause.reason)
}

/** What to tell of a job that every live host is barred from. */
export function noHostCanTake(reason: string): string {
  return `No live host can take this job. ${reason}`
}
