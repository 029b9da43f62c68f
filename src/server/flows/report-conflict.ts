import { shortSha } from '../../domain/job-events.ts'
import type { Caller } from '../../domain/permissions.ts'
import { keepHead } from '../store/attempts/attempts.ts'
import type { Job } from '../store/jobs/lock-job.ts'
import { patchJob } from '../store/jobs/move-job.ts'
import { leaseOfAtLeast } from '../store/jobs/renew-lease.ts'
import { finishJob } from './finish-job.ts'
import { type Hold, lockHeld } from './hold.ts'
import { leaseSecondsFor } from './lease-seconds.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

/**
 * Takes a delivery back that origin refused because its branch had moved on: the job goes on RUNNING with origin's tip
 * as its base, which the agent merges; a job that a person wanted to cancel meanwhile is cancelled.
 */
export async function reportConflict(
  server: Server,
  caller: Caller,
  hold: Hold,
  { originTip, silentSeconds }: { originTip: string; silentSeconds: number | null },
): Promise<Job> {
  return transact(server, async tx => {
    const locked = await lockHeld(tx, caller, hold)
    if (locked.job.cancelRequestedAt) return finishJob(tx, locked, 'CANCELLED')
    const { id: jobId, claimNo, headSha } = locked.job
    await keepHead(tx.client, { jobId, claimNo, headSha })
    tx.tell(locked.job, 'CONFLICT', conflictOn(locked.job, originTip))
    return patchJob(tx.client, locked.job, {
      headSha: null,
      baseSha: originTip,
      verifyResult: null,
      verifyReasoning: null,
      verifiedSha: null,
      checks: null,
      leaseUntil: leaseOfAtLeast(leaseSecondsFor(server, silentSeconds)),
    })
  })
}

/** What has come between a commit and origin, in a sentence. */
export function conflictOn({ branch }: Job, originTip: string): string {
  return `${branch} has moved on to ${shortSha(originTip)} on origin: the agent merges that, and verifies again.`
}
