import type { Caller } from '../../domain/permissions.ts'
import { patchExecution } from '../store/executions/executions.ts'
import { patchJob } from '../store/jobs/move-job.ts'
import { leaseOfAtLeast } from '../store/jobs/renew-lease.ts'
import { leaseSecondsFor } from './lease-seconds.ts'
import { type ExecutionHold, lockRunningExecution } from './lock-execution.ts'
import { type Progress, progressOf } from './progress.ts'
import { conflictOn } from './report-conflict.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

/**
 * Takes the delivery of one task back that origin refused because its branch had moved on: the task goes on with
 * origin's tip as its base, which the agent merges.
 */
export async function reportExecutionConflict(
  server: Server,
  caller: Caller,
  hold: ExecutionHold,
  { originTip, silentSeconds }: { originTip: string; silentSeconds: number | null },
): Promise<Progress> {
  return transact(server, async tx => {
    const locked = await lockRunningExecution(tx, caller, hold)
    await patchExecution(tx.client, locked.execution, {
      headSha: null,
      baseSha: originTip,
      verifyResult: null,
      verifyReasoning: null,
      verifiedSha: null,
      checks: null,
    })
    tx.tell(locked.job, 'CONFLICT', `${locked.execution.code}: ${conflictOn(locked.job, originTip)}`)
    await patchJob(tx.client, locked.job, { leaseUntil: leaseOfAtLeast(leaseSecondsFor(server, silentSeconds)) })
    return progressOf(tx, locked)
  })
}
