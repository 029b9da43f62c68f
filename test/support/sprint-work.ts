import type { Client } from '@modelcontextprotocol/client'
import { z } from 'zod'
import { callTool } from './mcp-client.ts'
import { commitFile } from './repositories.ts'

/** What an agent reads of a sprint's job that it got. */
export const SprintJob = z.object({
  kind: z.literal('SPRINT_IMPLEMENTATION'),
  job_id: z.string(),
  attempt: z.int(),
  worktree_path: z.string(),
  branch_name: z.string(),
  task_executions: z.array(z.object({ execution_id: z.string(), code: z.string(), status: z.string() })),
})
export type SprintJob = z.infer<typeof SprintJob>

/** Waits for a sprint's job and works through what of it is not finished: a commit for each task, and then the whole. */
export async function doSprint(client: Client): Promise<SprintJob | null> {
  const answer = SprintJob.safeParse(await callTool(client, 'wait_for_job', { wait_seconds: 1 }))
  if (!answer.success) return null
  const { job_id, attempt, worktree_path, task_executions } = answer.data
  for (const { execution_id, code } of task_executions.filter(({ status }) => status === 'pending')) {
    await callTool(client, 'update_task_execution', { execution_id, status: 'running' })
    await commitFile(worktree_path, 'hello.js', `// ${code} of attempt ${attempt}\n`, code)
    await callTool(client, 'verify_sprint_task', { execution_id, summary: `Wrote it for ${code}, as planned.` })
    await callTool(client, 'update_task_execution', { execution_id, status: 'done' })
  }
  await callTool(client, 'update_job_status', { job_id, status: 'done', summary: 'Worked through all of them.' })
  return answer.data
}
