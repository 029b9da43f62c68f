import type { Client } from '@modelcontextprotocol/client'
import { execa } from 'execa'
import { z } from 'zod'
import { callTool } from './mcp-client.ts'
import { writeFiles } from './repositories.ts'

/** What an agent reads of a job that it got. */
export const ClaimedJob = z.object({
  status: z.literal('claimed'),
  job_id: z.string(),
  claim_token: z.string(),
  attempt: z.int(),
  worktree_path: z.string(),
  branch_name: z.string(),
  task: z.object({ title: z.string() }),
})
export type ClaimedJob = z.infer<typeof ClaimedJob>

/** Does a job as its plan says: real files, a real commit, verify, done. */
export async function workOn(client: Client, { job_id, worktree_path: path, task }: ClaimedJob) {
  await callTool(client, 'update_job_status', { job_id, status: 'running' })
  await writeFiles(path, { 'hello.js': `// ${task.title}\n` })
  await execa('git', ['add', '--all'], { cwd: path })
  const nobody = { HOME: '/nowhere', GIT_CONFIG_NOSYSTEM: '1', PATH: process.env.PATH ?? '' }
  await execa('git', ['commit', '--quiet', '-m', task.title], { cwd: path, env: nobody, extendEnv: false })
  await callTool(client, 'verify_task_against_plan', { job_id })
  return callTool(client, 'update_job_status', { job_id, status: 'done', summary: `Wrote it for ${task.title}.` })
}
