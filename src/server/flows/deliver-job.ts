import { shortSha } from '../../domain/job-events.ts'
import type { Caller } from '../../domain/permissions.ts'
import type { Job } from '../store/jobs/lock-job.ts'
import { patchJob } from '../store/jobs/move-job.ts'
import { leaseOfAtLeast } from '../store/jobs/renew-lease.ts'
import { type Hold, lockRunning } from './hold.ts'
import { KIND_RULES } from './kinds/index.ts'
import type { Candidate } from './kinds/kind-rules.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

/** Tokens and cost as the agent counts them. */
export type UsageColumns = Partial<
  Pick<Job, 'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheWriteTokens' | 'costUsd'>
>
export interface Delivery extends Candidate {
  usage: UsageColumns
}

/**
 * The gate before the push: the commit must be the verified one, its result good enough, and its checks green. Passing it stores the
 * commit and extends the lease past the push; returns for how long from now a push may start, in ms.
 */
export async function deliverJob(server: Server, caller: Caller, hold: Hold, delivery: Delivery): Promise<number> {
  const { pushSeconds } = server.settings
  return transact(server, async tx => {
    const { job } = await lockRunning(tx, caller, hold)
    await KIND_RULES[job.kind].assertGate(tx, job, delivery)
    await patchJob(tx.client, job, {
      ...delivery.usage,
      headSha: delivery.headSha,
      summary: delivery.summary,
      checks: delivery.checks ?? job.checks,
      setupFailures: 0,
      leaseUntil: leaseOfAtLeast(2 * pushSeconds + server.settings.offerSeconds),
    })
    tx.tell(job, 'DELIVERED', `${shortSha(delivery.headSha)} has passed the gate, and goes to ${job.branch} of origin.`)
    return pushSeconds * 1000
  })
}
