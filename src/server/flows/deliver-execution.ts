import type { CheckResult } from '../../domain/check-result.ts'
import type { Caller } from '../../domain/permissions.ts'
import { type Execution, patchExecution } from '../store/executions/executions.ts'
import { patchJob } from '../store/jobs/move-job.ts'
import { leaseOfAtLeast } from '../store/jobs/renew-lease.ts'
import { assertVerified } from './assert-verified.ts'
import { type ExecutionHold, lockRunningExecution } from './lock-execution.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

/**
 * The gate before the push of one finished task: as for a job of its own, by what was frozen. Passing it stores the
 * commit and extends the lease past the push; returns for how long from now a push may start, in ms.
 */
export async function deliverExecution(
  server: Server,
  caller: Caller,
  hold: ExecutionHold,
  { headSha, checks }: { headSha: string; checks: readonly CheckResult[] | null },
): Promise<number> {
  const { pushSeconds, offerSeconds } = server.settings
  return transact(server, async tx => {
    const { job, execution } = await lockRunningExecution(tx, caller, hold)
    assertExecutionGate(execution, headSha, checks)
    await patchExecution(tx.client, execution, { headSha, checks: checks ?? execution.checks })
    await patchJob(tx.client, job, { leaseUntil: leaseOfAtLeast(2 * pushSeconds + offerSeconds) })
    return pushSeconds * 1000
  })
}

/** Throws unless the execution may be done at this commit. */
export function assertExecutionGate(
  execution: Execution,
  headSha: string,
  checks: readonly CheckResult[] | null,
): void {
  const { verifyResult, verifiedSha, verifySummary: summary } = execution
  const { verifyRequiredSnapshot: verifyRequired, verifyOnlySnapshot: verifyOnly } = execution
  assertVerified({ verifyResult, verifiedSha, verifyRequired, verifyOnly }, { headSha, summary, checks })
}
