import type { CheckResult } from '../../domain/check-result.ts'
import { type Classification, classifyDiff, type Diff } from '../../domain/classify-diff.ts'
import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { patchExecution } from '../store/executions/executions.ts'
import { patchJob } from '../store/jobs/move-job.ts'
import { leaseOfAtLeast } from '../store/jobs/renew-lease.ts'
import { assertExecutionGate } from './deliver-execution.ts'
import { type ExecutionHold, lockRunningExecution } from './lock-execution.ts'
import { verificationOf } from './record-verification.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

export interface ExecutionProof extends Diff {
  verifiedSha: string
  checks: readonly CheckResult[] | null
  summary: string | null
}
export interface ExecutionVerdict extends Classification {
  /** Why it may not be reported done; null when it may. */
  refusal: string | null
}

/** Judges the diff of one task of a sprint by its frozen plan, and stores the result with the commit that it is of. */
export async function verifyExecution(
  server: Server,
  caller: Caller,
  hold: ExecutionHold,
  proof: ExecutionProof,
): Promise<ExecutionVerdict> {
  return transact(server, async tx => {
    const { job, execution } = await lockRunningExecution(tx, caller, hold)
    const verdict = classifyDiff(execution.planSnapshot, proof)
    const verified = await patchExecution(tx.client, execution, {
      verifyResult: verdict.result,
      verifyReasoning: verdict.reasoning,
      verifiedSha: proof.verifiedSha,
      verifySummary: proof.summary ?? execution.verifySummary,
      checks: proof.checks,
    })
    await patchJob(tx.client, job, { leaseUntil: leaseOfAtLeast(server.settings.leaseSeconds) })
    tx.tell(job, 'VERIFIED', `${execution.code}: ${verificationOf(verdict, proof)}`)
    return { ...verdict, refusal: refusalOf(() => assertExecutionGate(verified, proof.verifiedSha, proof.checks)) }
  })
}

function refusalOf(gate: () => void): string | null {
  try {
    gate()
    return null
  } catch (error) {
    if (error instanceof AppError) return error.message
    throw error
  }
}
