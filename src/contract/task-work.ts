import { z } from 'zod'
import { PBI_STATUSES } from '../domain/backlog-lifecycle.ts'
import { Id, lowerCase, Priority, VerifyRequired } from './fields.ts'
import { AttachedWork, SprintRef } from './work.ts'

/** One task of a story, by the plan that was frozen at the claim. */
export const TaskContext = AttachedWork.extend({
  kind: z.literal('TASK_IMPLEMENTATION'),
  task: z.object({
    id: Id,
    code: z.string(),
    title: z.string(),
    description: z.string().nullable(),
    implementation_plan: z
      .string()
      .nullable()
      .describe('The plan as it was frozen at the claim; the diff is judged by it'),
    priority: Priority,
    repo_url: z.string().nullable(),
    verify_required: VerifyRequired,
    verify_only: z.boolean(),
  }),
  story: z.object({
    id: Id,
    code: z.string(),
    title: z.string(),
    description: z.string().nullable(),
    acceptance_criteria: z.string().nullable(),
  }),
  pbi: z.object({ id: Id, code: z.string(), title: z.string(), priority: Priority, status: lowerCase(PBI_STATUSES) }),
  sprint: SprintRef.nullable(),
  branch_suggestion: z.string(),
})
export type TaskContext = z.infer<typeof TaskContext>
