import { z } from 'zod'
import { SPRINT_RUN_STATUSES } from '../domain/sprint-run-lifecycle.ts'
import { Id, lowerCase, Sha, VerifyResult } from './fields.ts'
import { Checks, Hold, post, Silence, Summary } from './procedures.ts'
import { ExecutionState } from './sprint-work.ts'

const Execution = Hold.extend({ execution_id: Id })
/** All executions of the job as they stand now, and whether its run goes on. */
const Progress = z.object({
  executions: z.array(ExecutionState),
  sprint_run_status: lowerCase(SPRINT_RUN_STATUSES),
  sprint_run_pause_reason: z.string().nullable(),
})

/** What the holder of a sprint's job does with one of its tasks. */
export const executions = {
  start: post('/jobs/{job_id}/executions/{execution_id}/start').input(Execution.extend(Silence)).output(Progress),
  recordVerification: post('/jobs/{job_id}/executions/{execution_id}/verification')
    .input(
      Execution.extend({
        verified_sha: Sha,
        changed_paths: z.array(z.string()).max(100_000),
        changed_lines: z.int().min(0),
        checks: Checks.optional(),
        summary: Summary.optional(),
      }),
    )
    .output(
      z.object({
        result: VerifyResult,
        reasoning: z.string(),
        allowed_for_done: z.boolean(),
        reason: z.string().nullable().describe('Why it may not be reported done'),
      }),
    ),
  deliver: post('/jobs/{job_id}/executions/{execution_id}/deliver')
    .input(Execution.extend({ head_sha: Sha, checks: Checks.optional() }))
    .output(z.object({ push_within_ms: z.int().positive() })),
  reportConflict: post('/jobs/{job_id}/executions/{execution_id}/conflict')
    .input(Execution.extend({ base_sha: Sha, ...Silence }))
    .output(Progress),
  settle: post('/jobs/{job_id}/executions/{execution_id}/settle')
    .input(
      Execution.extend({
        outcome: z.enum(['done', 'failed', 'skipped']),
        reason: z.string().max(8_000).optional(),
      }),
    )
    .output(Progress),
}
