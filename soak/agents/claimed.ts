import { z } from 'zod'

const Held = {
  status: z.literal('claimed'),
  job_id: z.string(),
  claim_token: z.string(),
  attempt: z.int(),
  worktree_path: z.string(),
  branch_name: z.string(),
}
const Execution = z.object({
  execution_id: z.string(),
  status: z.string(),
  title: z.string(),
  plan_snapshot: z.string().nullable(),
})
const Task = z.object({
  ...Held,
  kind: z.literal('TASK_IMPLEMENTATION'),
  task: z.object({ title: z.string(), implementation_plan: z.string().nullable() }),
})
const Sprint = z.object({
  ...Held,
  kind: z.literal('SPRINT_IMPLEMENTATION'),
  sprint: z.object({ goal: z.string() }),
  task_executions: z.array(Execution),
})

/** What an agent reads of a job that it was given. */
export const Claimed = z.discriminatedUnion('kind', [Task, Sprint])
export type Claimed = z.infer<typeof Claimed>
export type ClaimedSprint = z.infer<typeof Sprint>

/** The answer to a wait; a timeout, or a job. */
export const WaitAnswer = z.union([Claimed, z.object({ status: z.literal('timeout') })])

/** What a job is called in the plan of the soak, so that the same one is known in each replay. */
export function nameOf(job: Claimed): string {
  return job.kind === 'TASK_IMPLEMENTATION' ? job.task.title : job.sprint.goal
}
