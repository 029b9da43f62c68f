import type { Caller } from '../../domain/permissions.ts'
import { verifyGate } from '../../domain/verify-gate.ts'
import { AppError } from '../../errors.ts'
import type { Job } from '../store/jobs/lock-job.ts'
import { patchJob } from '../store/jobs/move-job.ts'
import { readWork } from '../store/jobs/read-work.ts'
import { inSeconds } from '../store/schema/columns.ts'
import { type Hold, lockHeld } from './hold.ts'
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
}

/**
 * The gate before the push: the commit must be the verified one, and its result good enough. Passing it stores the
 * commit and extends the lease past the push; returns for how long from now a push may start, in ms.
 */
export async function deliverJob(server: Server, caller: Caller, hold: Hold, delivery: Delivery): Promise<number> {
  const { pushSeconds } = server.settings
  return transact(server, async tx => {
    const { job } = await lockHeld(tx, caller, hold)
    if (job.status !== 'RUNNING') throw new AppError('INVALID_TRANSITION', 'The job has no worktree yet.')
    await assertGate(tx, job, delivery)
    await patchJob(tx.client, job, {
      ...delivery.usage,
      headSha: delivery.headSha,
      summary: delivery.summary,
      setupFailures: 0,
      leaseUntil: inSeconds(2 * pushSeconds + server.settings.offerSeconds),
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
  if (answer.allowed) return
  const stale = job.verifyResult === null || job.verifiedSha !== delivery.headSha
  throw new AppError(stale ? 'VERIFY_REQUIRED' : 'VERIFY_REFUSED', answer.reason)
}
