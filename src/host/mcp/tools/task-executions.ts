import { z } from 'zod'
import { CheckResult, Id, lowerCase, Sha, VerifyResult } from '../../../contract/fields.ts'
import { ExecutionStatusName } from '../../../contract/sprint-work.ts'
import { SPRINT_RUN_STATUSES } from '../../../domain/sprint-run-lifecycle.ts'
import { updateExecution } from '../../flows/update-execution.ts'
import { verifyExecution } from '../../flows/verify-execution.ts'
import type { HeldWork, Worker } from '../../flows/worker.ts'
import { CHANGES, defineTool, type ToolContext } from '../define-tool.ts'
import { HoldInput } from './held.ts'

const ExecutionInput = { execution_id: Id, job_id: Id.optional(), claim_token: HoldInput.claim_token }

export const verifySprintTask = defineTool({
  name: 'verify_sprint_task',
  title: 'Verify one task of your sprint',
  description:
    'Like verify_task_against_plan, for one execution of a sprint’s job: what you have committed since the task before it.',
  input: z.object({
    ...ExecutionInput,
    summary: z.string().max(8_000).optional().describe('What you did'),
  }),
  output: z.object({
    result: VerifyResult,
    reasoning: z.string(),
    allowed_for_done: z.boolean(),
    reason: z.string().nullable(),
    checks: z.array(CheckResult),
    base_sha: Sha,
    uncommitted: z.array(z.string()),
  }),
  scope: 'work',
  annotations: CHANGES,
  run: (input, context) =>
    alone(input, context, (worker, held) => {
      const { execution_id: executionId, summary } = input
      return verifyExecution(context.host, worker, held, { executionId, summary }, patienceOf(context))
    }),
})

export const updateTaskExecution = defineTool({
  name: 'update_task_execution',
  title: 'Report on one task of your sprint',
  description:
    'Running begins the next task of a sprint’s job; done pushes the verified commit; skipped and failed need a reason.',
  input: z.object({
    ...ExecutionInput,
    status: z.enum(['running', 'done', 'failed', 'skipped']),
    skip_reason: z.string().max(8_000).optional(),
  }),
  output: z.object({
    execution_id: Id,
    status: ExecutionStatusName,
    head_sha: Sha.nullable(),
    next: z.object({ execution_id: Id, base_sha: Sha.nullable() }).nullable(),
    sprint_run_status: lowerCase(SPRINT_RUN_STATUSES),
    sprint_run_pause_reason: z.string().nullable(),
  }),
  scope: 'work',
  annotations: CHANGES,
  run: (input, context) =>
    alone(input, context, async (worker, held) => {
      const { execution_id: executionId, status, skip_reason: reason } = input
      const report = { executionId, status, reason }
      const { executions, ...run } = await updateExecution(context.host, worker, held, report, patienceOf(context))
      const now = executions.find(({ execution_id }) => execution_id === executionId)
      const next = executions.find(one => one.status === 'pending' || one.status === 'failed')
      return {
        execution_id: executionId,
        status: now?.status ?? status,
        head_sha: now?.head_sha ?? null,
        next: next ? { execution_id: next.execution_id, base_sha: next.base_sha } : null,
        ...run,
      }
    }),
})

function patienceOf({ signal, longestCallSeconds }: ToolContext) {
  return { signal, withinMs: longestCallSeconds * 1000 }
}

/** Runs a call about a held job when nothing else of its worker does, with the job as it is held then. */
async function alone<T>(
  named: { job_id?: string | undefined; claim_token?: string | undefined },
  { agents, clientName }: ToolContext,
  call: (worker: Worker, held: HeldWork) => Promise<T>,
): Promise<T> {
  const job_id = named.job_id ?? agents.jobOf(named.claim_token)
  for (;;) {
    const { worker, held } = await agents.holder({ job_id, claim_token: named.claim_token }, clientName)
    const answer = await worker.alone(async () => (worker.held === held ? { it: await call(worker, held) } : null))
    if (answer) return answer.it
  }
}
