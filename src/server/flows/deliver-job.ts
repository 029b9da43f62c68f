import type { CheckResult } from '../../domain/check-result.ts'
import type { Caller } from '../../domain/permissions.ts'
import { verifyGate } from '../../domain/verify-gate.ts'
import { AppError } from '../../errors.ts'
import type { Job } from '../store/jobs/lock-job.ts'
import { patchJob } from '../store/jobs/move-job.ts'
import { readWork } from '../store/jobs/read-work.ts'
import { leaseOfAtLeast } from '../store/jobs/renew-lease.ts'
import { type Hold, lockRunning } from './hold.ts'
import type { Server } from './server-context.ts'
import { type Tx, transact } from './transact.ts'

/** Tokens and cost as the agent counts them. */
export type UsageColumns = Partial<
  Pick<Job, 'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheWriteTokens' | 'costUsd'>
>
export interface Delivery {
  headSha: string
  summary: string | null
  usage: UsageColumns
  /** As the host ran them on that commit. */
  checks: readonly CheckResult[] | null
}

/**
 * The gate before the push: the commit must be the verified one, its result good enough, and its checks green. Passing it stores the
 * commit and extends the lease past the push; returns for how long from now a push may start, in ms.
 */
export async function deliverJob(server: Server, caller: Caller, hold: Hold, delivery: Delivery): Promise<number> {
  const { pushSeconds } = server.settings
  return transact(server, async tx => {
    const { job } = await lockRunning(tx, caller, hold)
    await assertGate(tx, job, delivery)
    await patchJob(tx.client, job, {
      ...delivery.usage,
      headSha: delivery.headSha,
      summary: delivery.summary,
      checks: delivery.checks ?? job.checks,
      setupFailures: 0,
      leaseUntil: leaseOfAtLeast(2 * pushSeconds + server.settings.offerSeconds),
    })
    return pushSeconds * 1000
  })
}

async function assertGate(tx: Tx, job: Job, delivery: Delivery): Promise<void> {
  const work = await readWork(tx.client, job.id)
  if (!work) throw new AppError('INTERNAL_ERROR', `Job ${job.id} has lost its context.`)
  const answer = verifyGate({
    result: job.verifyResult,
    verifiedSha: job.verifiedSha,
    headSha: delivery.headSha,
    required: work.task.verifyRequired,
    verifyOnly: work.task.verifyOnly,
    summary: delivery.summary,
  })
  if (answer.allowed) return assertGreen(delivery)
  const stale = job.verifyResult === null || job.verifiedSha !== delivery.headSha
  throw new AppError(stale ? 'VERIFY_REQUIRED' : 'VERIFY_REFUSED', answer.reason)
}

function assertGreen({ checks }: Delivery): void {
  const red = checks?.find(({ passed }) => !passed)
  if (red) throw new AppError('CHECKS_FAILED', `The check \`${red.command}\` failed on this commit.`)
}
