import type { CheckResult } from '../../domain/check-result.ts'
import { type Classification, classifyDiff, type Diff } from '../../domain/classify-diff.ts'
import { shortSha } from '../../domain/job-events.ts'
import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { patchJob } from '../store/jobs/move-job.ts'
import { leaseOfAtLeast } from '../store/jobs/renew-lease.ts'
import { type Hold, lockRunning } from './hold.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

/** Judges a diff by the plan that was frozen at the claim, and stores the result with the commit that it is of. */
export async function recordVerification(
  server: Server,
  caller: Caller,
  hold: Hold,
  diff: Diff & { verifiedSha: string; checks: readonly CheckResult[] | null },
): Promise<Classification> {
  return transact(server, async tx => {
    const { job } = await lockRunning(tx, caller, hold)
    if (!job.taskId)
      throw new AppError('INVALID_TRANSITION', `Job ${job.id} is a sprint's, whose tasks are verified one by one.`, {
        hint: 'Call verify_sprint_task with the execution_id of the task.',
      })
    const verdict = classifyDiff(job.planSnapshot, diff)
    await patchJob(tx.client, job, {
      verifyResult: verdict.result,
      verifyReasoning: verdict.reasoning,
      verifiedSha: diff.verifiedSha,
      checks: diff.checks,
      leaseUntil: leaseOfAtLeast(server.settings.leaseSeconds),
    })
    tx.tell(job, 'VERIFIED', verificationOf(verdict, diff))
    return verdict
  })
}

/** A verification in a sentence, with the checks that were red. */
export function verificationOf(
  { result, reasoning }: Classification,
  { verifiedSha, checks }: { verifiedSha: string; checks: readonly CheckResult[] | null },
): string {
  const red = (checks ?? []).filter(({ passed }) => !passed).map(({ command }) => command)
  const words = `${shortSha(verifiedSha)} is ${result.toLowerCase()}: ${reasoning}`
  return red.length === 0 ? words : `${words} Red: ${red.join(', ')}.`
}
