import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from '@modelcontextprotocol/client'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { first, makeBacklog } from '../support/backlog.ts'
import { makeSprint } from '../support/held-jobs.ts'
import { loseAllLeases, makeHost, makeWorkplace, worktreesOf } from '../support/host.ts'
import { callTool, connectAgent, ERAS, failTool } from '../support/mcp-client.ts'
import {
  commitElsewhere,
  commitFile,
  filesOf,
  headOf,
  makeMachine,
  refsBelow,
  sh,
  writeFiles,
} from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

const SprintJob = z.object({
  kind: z.literal('SPRINT_IMPLEMENTATION'),
  job_id: z.string(),
  attempt: z.int(),
  prompt_text: z.string(),
  worktree_path: z.string(),
  branch_name: z.string(),
  previous_attempts: z.array(z.object({ claim_no: z.int(), rescue_ref: z.string().nullable() })),
  task_executions: z.array(
    z.object({ execution_id: z.string(), code: z.string(), status: z.string(), base_sha: z.string().nullable() }),
  ),
})
type SprintJob = z.infer<typeof SprintJob>

const take = async (client: Client) => SprintJob.parse(await callTool(client, 'wait_for_job', { wait_seconds: 5 }))
const idOf = ({ task_executions }: SprintJob, n: number) => {
  const execution = task_executions[n]
  if (!execution) throw new Error(`the sprint has no task ${n}`)
  return execution.execution_id
}
const report = (client: Client, execution_id: string, status: string, skip_reason?: string) =>
  callTool(client, 'update_task_execution', { execution_id, status, ...(skip_reason && { skip_reason }) })

/** Does one task as an agent would, up to its verification; its commit. */
async function workOn(client: Client, job: SprintJob, n: number): Promise<string> {
  const execution_id = idOf(job, n)
  await report(client, execution_id, 'running')
  const commit = await commitFile(job.worktree_path, 'hello.js', `hello ${n}\n`)
  const verdict = await callTool(client, 'verify_sprint_task', { execution_id, summary: 'Said hello.' })
  expect(verdict).toMatchObject({ result: 'aligned', allowed_for_done: true, reason: null })
  return commit
}

/** A BATCH run of as many tasks, on a machine with a remote. */
async function startBatch(tasks: number) {
  const { api } = await person()
  const place = await makeWorkplace(api, { queued: false, tasks })
  const sprint = await makeSprint(api, place)
  const run = await api.sprints.startRun({ sprint_id: sprint.id, execution: 'BATCH' })
  return { api, run, sprint, ...place }
}

describe.each(ERAS)('an agent of %s', era => {
  test('H12 H57 works through a sprint: each finished task is on origin before the next begins', async () => {
    const { api, run, machine, remote } = await startBatch(2)
    const { client } = await connectAgent(await makeHost(api, machine), era)
    const job = await take(client)
    expect(job.branch_name).toBe(run.branch)
    for (const { execution_id, code } of job.task_executions) {
      expect(job.prompt_text).toContain(execution_id)
      expect(job.prompt_text).toContain(code)
    }
    const one = await workOn(client, job, 0)
    expect(await report(client, idOf(job, 0), 'done')).toMatchObject({
      status: 'done',
      head_sha: one,
      next: { execution_id: idOf(job, 1), base_sha: one },
      sprint_run_status: 'running',
    })
    expect(await headOf(remote, job.branch_name)).toBe(one)
    const done = { job_id: job.job_id, status: 'done', summary: 'All of it.' }
    expect(await failTool(client, 'update_job_status', done)).toMatch(/^VERIFY_REFUSED: [\s\S]*is pending/)
    const two = await workOn(client, job, 1)
    await report(client, idOf(job, 1), 'done')
    expect(await report(client, idOf(job, 1), 'done')).toMatchObject({ status: 'done', head_sha: two })
    expect(await callTool(client, 'update_job_status', done)).toMatchObject({ status: 'done', head_sha: two })
    expect(await headOf(remote, job.branch_name)).toBe(two)
    expect(await worktreesOf(machine)).toEqual([])
    expect(await api.sprints.getRun({ sprint_run_id: run.id })).toMatchObject({
      status: 'done',
      sprint: { status: 'closed' },
    })
  })
})

test('H47 H58 H26 a sprint whose host died between a push and its report goes on from the last finished task', async () => {
  const { api, machine, remote } = await startBatch(2)
  const { client } = await connectAgent(await makeHost(api, machine), ERAS[0])
  const job = await take(client)
  await workOn(client, job, 0)
  await report(client, idOf(job, 0), 'done')
  const two = await workOn(client, job, 1)
  await sh(job.worktree_path, 'push', 'origin', `${two}:refs/heads/${job.branch_name}`)
  await writeFiles(job.worktree_path, { 'half.js': 'half\n' })
  await loseAllLeases({ db, server })

  const next = await connectAgent(await makeHost(api, machine), ERAS[1])
  const again = await take(next.client)
  expect(again).toMatchObject({
    attempt: 2,
    previous_attempts: [{ claim_no: 1, rescue_ref: expect.stringContaining(job.job_id) }],
    task_executions: [
      { execution_id: idOf(job, 0), status: 'done' },
      {
        execution_id: idOf(job, 1),
        status: 'pending',
        base_sha: await headOf(remote, `${job.branch_name}~1`),
      },
    ],
  })
  expect(await headOf(again.worktree_path)).toBe(two)
  const execution_id = idOf(again, 1)
  await report(next.client, execution_id, 'running')
  expect(await callTool(next.client, 'verify_sprint_task', { execution_id })).toMatchObject({ result: 'aligned' })
  await report(next.client, execution_id, 'done')
  await callTool(next.client, 'update_job_status', { job_id: job.job_id, status: 'done', summary: 'All of it.' })
  expect(await headOf(remote, job.branch_name)).toBe(two)
})

test('H49 what was begun on a task that is skipped is kept, and taken off the branch before the next one', async () => {
  const { api, machine, remote } = await startBatch(2)
  const { client } = await connectAgent(await makeHost(api, machine), ERAS[1])
  const job = await take(client)
  const execution_id = idOf(job, 0)
  await report(client, execution_id, 'running')
  await commitFile(job.worktree_path, 'begun.js', 'begun\n')
  const skip = { execution_id, status: 'skipped', skip_reason: 'It is so already.' }
  const refused = await failTool(client, 'update_task_execution', skip)
  expect(refused).toMatch(/^UNCOMMITTED_CHANGES: .*refs\/scrum4me\/rescue.*\n.*git reset --hard/)
  const ref = /refs\/scrum4me\/rescue\/\S+\/\d+/.exec(refused)?.[0] ?? ''
  expect(await filesOf(job.worktree_path, ref)).toContain('begun.js')
  await sh(job.worktree_path, 'reset', '--quiet', '--hard', 'HEAD~1')
  expect(await callTool(client, 'update_task_execution', skip)).toMatchObject({
    status: 'skipped',
    next: { execution_id: idOf(job, 1), base_sha: await headOf(remote) },
  })
  await workOn(client, job, 1)
  await report(client, idOf(job, 1), 'done')
  expect(await filesOf(remote, job.branch_name)).not.toContain('begun.js')
})

test('a push that origin refuses for its own commits hands the task back, which goes on after a merge', async () => {
  const { api, machine, remote } = await startBatch(1)
  const { client } = await connectAgent(await makeHost(api, machine), ERAS[1])
  const job = await take(client)
  await workOn(client, job, 0)
  await commitElsewhere(remote, job.branch_name, 'other.js')
  const execution_id = idOf(job, 0)
  expect(await failTool(client, 'update_task_execution', { execution_id, status: 'done' })).toMatch(
    /^DELIVERY_CONFLICT: .*\n.*git merge/,
  )
  await sh(job.worktree_path, 'fetch', '--quiet', 'origin')
  await sh(job.worktree_path, 'merge', '--quiet', '--no-edit', `origin/${job.branch_name}`)
  expect(await callTool(client, 'verify_sprint_task', { execution_id })).toMatchObject({ result: 'aligned' })
  expect(await report(client, execution_id, 'done')).toMatchObject({ status: 'done' })
  await callTool(client, 'update_job_status', { job_id: job.job_id, status: 'done', summary: 'All of it.' })
})

test('H50 a cancelled run: the next call says so, and the work on the open task is kept', async () => {
  const { api, run, machine } = await startBatch(2)
  const host = await makeHost(api, machine)
  const { client } = await connectAgent(host, ERAS[0])
  const job = await take(client)
  const commit = await workOn(client, job, 0)
  await api.sprints.cancelRun({ sprint_run_id: run.id })
  expect(await failTool(client, 'update_task_execution', { execution_id: idOf(job, 0), status: 'done' })).toMatch(
    /^JOB_CANCELLED/,
  )
  expect(await worktreesOf(machine)).toEqual([])
  const clone = join(machine.dataDir, 'repos', 'file')
  const kept = await refsBelow(join(clone, first(await readdir(clone))), 'refs/scrum4me/rescue')
  expect(Object.values(kept)).toEqual([commit])
})

test('an execution of another job, or of a single task, is unknown, and the claim goes on', async () => {
  const { api, machine } = await startBatch(1)
  const { client } = await connectAgent(await makeHost(api, machine), ERAS[1])
  const job = await take(client)
  const nowhere = { execution_id: 'exec_1', status: 'running' }
  expect(await failTool(client, 'update_task_execution', nowhere)).toMatch(/^NOT_FOUND: .*exec_1/)
  expect(await callTool(client, 'job_heartbeat', { job_id: job.job_id })).toMatchObject({
    sprint_run_status: 'running',
  })
  const other = await person()
  const { firstTask } = await makeBacklog(other.api)
  await other.api.jobs.dispatch({ task_id: firstTask.id })
  const { client: idle } = await connectAgent(await makeHost(other.api, await makeMachine()), ERAS[1])
  expect(await failTool(idle, 'verify_sprint_task', { execution_id: idOf(job, 0) })).toMatch(
    /^VALIDATION_ERROR: .*\n.*job_id/,
  )
})
