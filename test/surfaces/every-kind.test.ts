import type { Client } from '@modelcontextprotocol/client'
import { expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { JOB_KINDS, type JobKind } from '../../src/domain/job-kinds.ts'
import { makeSprint } from '../support/held-jobs.ts'
import { makeHost, makeWorkplace } from '../support/host.ts'
import { callTool, connectAgent, ERAS, failTool } from '../support/mcp-client.ts'
import { commitFile } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { person } = await openTestServer()
type Workplace = Awaited<ReturnType<typeof makeWorkplace>>
type Job = Record<string, unknown>

/** How a job of each kind comes into the queue, and what its agent does before it reports done. */
const KINDS: Record<
  JobKind,
  { queue(api: ApiClient, place: Workplace): Promise<unknown>; work(client: Client, job: Job): Promise<unknown> }
> = {
  TASK_IMPLEMENTATION: {
    queue: (api, { firstTask }) => api.jobs.dispatch({ task_id: firstTask.id }),
    work: async (client, { job_id, worktree_path }) => {
      await commitFile(String(worktree_path), 'hello.js', 'hello\n')
      await callTool(client, 'verify_task_against_plan', { job_id })
    },
  },
  SPRINT_IMPLEMENTATION: {
    queue: async (api, place) =>
      api.sprints.startRun({ sprint_id: (await makeSprint(api, place)).id, execution: 'BATCH' }),
    work: async (client, { worktree_path, task_executions }) => {
      const [{ execution_id }] = task_executions as [{ execution_id: string }]
      await callTool(client, 'update_task_execution', { execution_id, status: 'running' })
      await commitFile(String(worktree_path), 'hello.js', 'hello\n')
      await callTool(client, 'verify_sprint_task', { execution_id })
      await callTool(client, 'update_task_execution', { execution_id, status: 'done' })
    },
  },
}

test.each(JOB_KINDS)(
  'H12 a job of kind %s is claimable, and has a context, a prompt, a config, a gate and an end',
  async kind => {
    const { api } = await person()
    const place = await makeWorkplace(api, { queued: false })
    await KINDS[kind].queue(api, place)
    const { client } = await connectAgent(await makeHost(api, place.machine), ERAS[1])
    expect(await callTool(client, 'check_queue_empty')).toMatchObject({ empty: false })
    const job = await callTool(client, 'wait_for_job', { wait_seconds: 5 })
    expect(job).toMatchObject({
      kind,
      config: { model: expect.any(String), permission_mode: expect.any(String) },
      prompt_text: expect.stringContaining('wait_for_job'),
      base_sha: expect.any(String),
    })
    const done = { job_id: job.job_id, status: 'done', summary: 'Said hello.' }
    expect(await failTool(client, 'update_job_status', done)).toMatch(/^VERIFY_RE(QUIRED|FUSED): /)
    await KINDS[kind].work(client, job)
    expect(await callTool(client, 'update_job_status', done)).toMatchObject({
      status: 'done',
      next_action: 'queue_empty',
    })
  },
)
