import { z } from 'zod'
import { Kit } from './kit.ts'
import { SprintContext } from './sprint-work.ts'
import { TaskContext } from './task-work.ts'

/** What the server knows of a job that is attached, by its kind. */
export const WorkContext = z.discriminatedUnion('kind', [TaskContext, SprintContext])
export type WorkContext = z.infer<typeof WorkContext>

const standing = { worktree_path: z.string(), product_kit: Kit }
/** What a worker needs that becomes the holder of a claim whose worktree stands already. */
export const TakenOver = z.discriminatedUnion('kind', [TaskContext.extend(standing), SprintContext.extend(standing)])
export type TakenOver = z.infer<typeof TakenOver>

const prepared = {
  prompt_text: z.string(),
  worktree_path: z.string().describe('The only folder to work in'),
  worktree_env: z.record(z.string(), z.string()).describe('Environment variables for commands in the worktree'),
  reused_branch: z.boolean(),
}
/** What `wait_for_job` answers with a job: the server's context, and what the host has prepared for it. */
export const TaskWorkOrder = TaskContext.extend(prepared)
const SprintWorkOrder = SprintContext.extend(prepared)
export type SprintWorkOrder = z.infer<typeof SprintWorkOrder>
export type WorkOrder = z.infer<typeof TaskWorkOrder> | SprintWorkOrder
