import { deliverExecution } from '../flows/deliver-execution.ts'
import type { ExecutionHold } from '../flows/lock-execution.ts'
import type { Progress } from '../flows/progress.ts'
import { reportExecutionConflict } from '../flows/report-execution-conflict.ts'
import type { Server } from '../flows/server-context.ts'
import { settleExecution } from '../flows/settle-execution.ts'
import { startExecution } from '../flows/start-execution.ts'
import { verifyExecution } from '../flows/verify-execution.ts'
import type { ApiBase } from './base.ts'
import { executionStateView } from './views/sprint-context-view.ts'
import { lower, upper } from './views/words.ts'

/** The tasks of a sprint, for the holder of its job. */
export function executionProcedures(server: Server, { base, holds }: ApiBase) {
  const { executions } = base
  return {
    start: executions.start.use(holds).handler(async ({ input, context }) => {
      const silentSeconds = input.silent_seconds ?? null
      return progressView(await startExecution(server, context.caller, hold(input), silentSeconds))
    }),
    recordVerification: executions.recordVerification.use(holds).handler(async ({ input, context }) => {
      const diff = { paths: input.changed_paths, changedLines: input.changed_lines }
      const proof = { verifiedSha: input.verified_sha, checks: input.checks ?? null, summary: input.summary ?? null }
      const verdict = await verifyExecution(server, context.caller, hold(input), { ...diff, ...proof })
      const { result, reasoning, refusal } = verdict
      return { result: lower(result), reasoning, allowed_for_done: refusal === null, reason: refusal }
    }),
    deliver: executions.deliver.use(holds).handler(async ({ input, context }) => {
      const delivery = { headSha: input.head_sha, checks: input.checks ?? null }
      return { push_within_ms: await deliverExecution(server, context.caller, hold(input), delivery) }
    }),
    reportConflict: executions.reportConflict.use(holds).handler(async ({ input, context }) => {
      const conflict = { originTip: input.base_sha, silentSeconds: input.silent_seconds ?? null }
      return progressView(await reportExecutionConflict(server, context.caller, hold(input), conflict))
    }),
    settle: executions.settle.use(holds).handler(async ({ input, context }) => {
      const end = { outcome: upper(input.outcome), reason: input.reason ?? null }
      return progressView(await settleExecution(server, context.caller, hold(input), end))
    }),
  }
}

function hold(input: { job_id: string; claim_token: string; execution_id: string }): ExecutionHold {
  return { jobId: input.job_id, claimToken: input.claim_token, executionId: input.execution_id }
}

function progressView({ executions, run }: Progress) {
  return {
    executions: executions.map(executionStateView),
    sprint_run_status: lower(run.status),
    sprint_run_pause_reason: run.pauseReason,
  }
}
