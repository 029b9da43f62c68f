import type { WorkContext, WorkOrder } from '../../contract/work-order.ts'
import type { JobKind } from '../../domain/job-kinds.ts'
import type { Place } from '../prompts/parts.ts'
import { sprintPrompt } from '../prompts/sprint-implementation.ts'
import { taskPrompt } from '../prompts/task-implementation.ts'
import type { Silence } from './worker.ts'

type Contexts = { [Context in WorkContext as Context['kind']]: Context }

/** A kind without a prompt does not compile. */
const PROMPTS: { [Kind in JobKind]: (context: Contexts[Kind], place: Place, silentSeconds: number | null) => string } =
  {
    TASK_IMPLEMENTATION: taskPrompt,
    SPRINT_IMPLEMENTATION: sprintPrompt,
  }

/** What the agent is told: the server's context, completed with the worktree and the prompt. */
export function toWorkOrder(
  context: WorkContext,
  { path, reusedBranch, env, kept }: Place & { reusedBranch: boolean },
  { silent_seconds }: Silence,
): WorkOrder {
  const prompt = PROMPTS[context.kind] as (context: WorkContext, place: Place, silentSeconds: number | null) => string
  const prompt_text = prompt(context, { path, env, kept }, silent_seconds ?? null)
  return { ...context, worktree_path: path, worktree_env: env, reused_branch: reusedBranch, prompt_text }
}
