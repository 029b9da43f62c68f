import type { TaskContext, WorkOrder } from '../../contract/work.ts'
import { taskPrompt } from '../prompts/task-implementation.ts'
import type { Silence } from './worker.ts'

/** What the agent is told: the server's context, completed with the worktree and the prompt. */
export function toWorkOrder(
  context: TaskContext,
  { path, reusedBranch, env }: { path: string; reusedBranch: boolean; env: Record<string, string> },
  { silent_seconds }: Silence,
): WorkOrder {
  const place = { worktree_path: path, worktree_env: env, reused_branch: reusedBranch }
  return { ...context, ...place, prompt_text: taskPrompt(context, { path, env }, silent_seconds ?? null) }
}
