import { z } from 'zod'
import { PBI_STATUSES, STORY_STATUSES } from '../domain/backlog-lifecycle.ts'
import { EXECUTION_STATUSES } from '../domain/execution-lifecycle.ts'
import { PR_STRATEGIES, RUN_EXECUTIONS } from '../domain/sprint-run-lifecycle.ts'
import { Id, lowerCase, Priority, Sha, VerifyRequired } from './fields.ts'
import { AttachedWork, SprintRef } from './work.ts'

export const ExecutionStatusName = lowerCase(EXECUTION_STATUSES)

/** How an execution stands; what changes of it while a sprint is worked through. */
export const ExecutionState = z.object({
  execution_id: Id,
  status: ExecutionStatusName,
  base_sha: Sha.nullable().describe('Null until everything before it is done or skipped'),
  head_sha: Sha.nullable(),
})
export type ExecutionState = z.infer<typeof ExecutionState>

const item = { id: Id, code: z.string(), title: z.string() }
const place = { priority: Priority, sort_order: z.number() }

/** A whole sprint on one branch: its tasks in the order that was frozen when the job was first attached. */
export const SprintContext = AttachedWork.extend({
  kind: z.literal('SPRINT_IMPLEMENTATION'),
  sprint: SprintRef,
  sprint_run: z.object({
    id: Id,
    pr_strategy: z.enum(PR_STRATEGIES),
    execution: z.enum(RUN_EXECUTIONS),
    branch: z.string().nullable(),
    previous_run_id: Id.nullable(),
  }),
  pbis: z.array(z.object({ ...item, ...place, status: lowerCase(PBI_STATUSES) })),
  stories: z.array(
    z.object({
      ...item,
      pbi_id: Id,
      ...place,
      status: lowerCase(STORY_STATUSES),
      description: z.string().nullable(),
      acceptance_criteria: z.string().nullable(),
    }),
  ),
  task_executions: z.array(
    ExecutionState.extend({
      task_id: Id,
      code: z.string(),
      title: z.string(),
      description: z.string().nullable(),
      story_id: Id,
      order: z.int(),
      plan_snapshot: z.string().nullable().describe('The frozen plan; the diff is judged by it'),
      verify_required: VerifyRequired,
      verify_only: z.boolean(),
    }),
  ),
})
export type SprintContext = z.infer<typeof SprintContext>
