import type { Caller } from '../../domain/permissions.ts'
import { lastKnownHead } from '../../domain/sprint-gate.ts'
import { AppError } from '../../errors.ts'
import type { Execution, ExecutionPatch } from '../store/executions/executions.ts'
import type { Job } from '../store/jobs/lock-job.ts'
import { patchJob } from '../store/jobs/move-job.ts'
import { leaseOfAtLeast } from '../store/jobs/renew-lease.ts'
import { markDone } from '../store/lines/lines.ts'
import { CLOCK } from '../store/schema/columns.ts'
import { assertRunning, type ExecutionHold, lockExecution } from './lock-execution.ts'
import { changeExecution, nameBase } from './move-execution.ts'
import { type Progress, progressOf } from './progress.ts'
import type { Server } from './server-context.ts'
import { SHORTEST_SKIP_REASON } from './settle-job.ts'
import { transact } from './transact.ts'

export interface ExecutionEnd {
  outcome: 'DONE' | 'FAILED' | 'SKIPPED'
  reason: string | null
}

/**
 * Ends one task of a sprint with all that hangs on it, in one transaction, and names the base of the next. DONE needs a
 * delivery before it; FAILED and SKIPPED say why. Repeated it answers with what is stored.
 */
export async function settleExecution(
  server: Server,
  caller: Caller,
  hold: ExecutionHold,
  end: ExecutionEnd,
): Promise<Progress> {
  return transact(server, async tx => {
    const locked = await lockExecution(tx, caller, hold)
    const { job, execution } = locked
    if (execution.status !== end.outcome) {
      const patch = ENDS[end.outcome](execution, end.reason?.trim() ?? '')
      await changeExecution(tx, job, execution, end.outcome, { ...patch, finishedAt: CLOCK })
      if (end.outcome === 'DONE') await markDone(tx.client, job, { isPushed: isChange(execution, job) })
    }
    await patchJob(tx.client, job, { leaseUntil: leaseOfAtLeast(server.settings.leaseSeconds) })
    const progress = await progressOf(tx, locked)
    await nameBase(tx, progress.executions, lastKnownHead(progress.executions, job.baseSha), { anew: false })
    return progressOf(tx, locked)
  })
}

/** A task that was only checked ends where it began: nothing was pushed for it. */
function isChange({ headSha, baseSha }: Execution, job: Job): boolean {
  return headSha !== (baseSha ?? job.baseSha)
}

/** What is written with each end; throws when something is missing. */
const ENDS: Record<ExecutionEnd['outcome'], (execution: Execution, reason: string) => ExecutionPatch> = {
  DONE: execution => {
    assertRunning(execution)
    if (!execution.headSha || execution.headSha !== execution.verifiedSha)
      throw new AppError('VERIFY_REQUIRED', `Nothing has been delivered for task ${execution.code}.`)
    return {}
  },
  FAILED: (_execution, error) => {
    if (!error) throw new AppError('VALIDATION_ERROR', 'A failure needs a reason that says what went wrong.')
    return { error, headSha: null }
  },
  SKIPPED: (_execution, skipReason) => {
    if (skipReason.length < SHORTEST_SKIP_REASON)
      throw new AppError('VALIDATION_ERROR', `Skipping needs a reason of ${SHORTEST_SKIP_REASON} characters or more.`)
    return { skipReason, headSha: null }
  },
}
