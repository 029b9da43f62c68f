import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import type { Job } from '../store/jobs/lock-job.ts'
import { CLOCK } from '../store/schema/columns.ts'
import type { UsageColumns } from './deliver-job.ts'
import { finishJob } from './finish-job.ts'
import { type Hold, isHeldBy, lockOwn, lostHold } from './hold.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

export interface Settlement {
  outcome: 'DONE' | 'FAILED' | 'SKIPPED'
  pushed: boolean
  summary: string | null
  error: string | null
  usage: UsageColumns
}

export const SHORTEST_SKIP_REASON = 10

/**
 * Ends a job with all that hangs on it, in one transaction. DONE needs a delivery before it; FAILED and SKIPPED say
 * why in `error`. Repeated by the same claim it answers with what is stored; a late claim gets LEASE_LOST.
 */
export async function settleJob(server: Server, caller: Caller, hold: Hold, settlement: Settlement): Promise<Job> {
  const { outcome, pushed, summary, error, usage } = settlement
  return transact(server, async tx => {
    const locked = await lockOwn(tx, caller, hold.jobId)
    const { job } = locked
    if (job.claimToken === hold.claimToken && job.status === outcome) return job
    if (!isHeldBy(job, hold)) throw lostHold(job, hold)
    assertComplete(job, settlement)
    return finishJob(tx, locked, outcome, {
      ...usage,
      ...(pushed && { pushedAt: CLOCK }),
      ...(summary !== null && { summary }),
      error: outcome === 'DONE' ? null : error,
    })
  })
}

function assertComplete(job: Job, { outcome, error }: Settlement): void {
  if (outcome === 'DONE' && !job.headSha)
    throw new AppError('VERIFY_REQUIRED', 'Nothing has been delivered, so the job cannot be done.')
  if (outcome === 'DONE' && job.verifiedSha !== null && job.headSha !== job.verifiedSha)
    throw new AppError('VERIFY_REQUIRED', 'Another commit was verified since the delivery, so the job cannot be done.')
  if (outcome === 'FAILED' && !error?.trim())
    throw new AppError('VALIDATION_ERROR', 'A failure needs an error that says what went wrong.')
  if (outcome === 'SKIPPED' && (error?.trim().length ?? 0) < SHORTEST_SKIP_REASON)
    throw new AppError('VALIDATION_ERROR', `Skipping needs a reason of ${SHORTEST_SKIP_REASON} characters or more.`)
}
