import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { finishJobDone, first, makeBacklog, takeJob } from '../support/backlog.ts'
import { holdJob, SHA, startRun, verify } from '../support/held-jobs.ts'
import { dumpRows, eventsOf, failureOf } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { db, server, person } = await openTestServer()

describe('a task that is set by hand', () => {
  test('to done is done with its story and PBI, each with its event, and can be opened again', async () => {
    const { api } = await person()
    const { firstTask, pbi, stories } = await makeBacklog(api)
    expect(await set(api, firstTask.id, 'done')).toMatchObject({ id: firstTask.id, status: 'done' })
    expect(await statusesOf(pbi.id, first(stories).id)).toEqual(['DONE', 'DONE'])
    expect(await set(api, firstTask.id, 'todo')).toMatchObject({ status: 'todo' })
    expect(await statusesOf(pbi.id, first(stories).id)).toEqual(['READY', 'OPEN'])
    expect(await taskEvents(firstTask.id)).toEqual(['todo', 'done', 'todo'])
  })

  test('to what it is already changes nothing', async () => {
    const { api } = await person()
    const { firstTask } = await makeBacklog(api)
    const before = await dumpRows(db.pool)
    expect(await set(api, firstTask.id, 'todo')).toMatchObject({ status: 'todo' })
    expect(await dumpRows(db.pool)).toEqual(before)
  })

  test('by a step that the lifecycle does not know is refused, and told what it can become', async () => {
    const { api } = await person()
    const { firstTask } = await makeBacklog(api)
    expect(await failureOf(set(api, firstTask.id, 'review'))).toMatchObject({
      code: 'INVALID_TRANSITION',
      message: 'A task that is todo cannot become review; it can become in_progress, done, failed, excluded.',
    })
  })

  test.each(['done', 'excluded'] as const)('to %s by a person cancels its queued job, in one transaction', async to => {
    const { api } = await person()
    const { firstTask } = await makeBacklog(api, { tasks: 2 })
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    expect(await set(api, firstTask.id, to)).toMatchObject({ status: to })
    expect(await api.jobs.get({ job_id })).toMatchObject({ status: 'cancelled', error: expect.stringContaining(to) })
    expect(await eventsOf(db.pool, { job: job_id })).toEqual([
      'claude_job_enqueued queued',
      'claude_job_status cancelled',
    ])
    expect((await api.jobs.checkQueue({})).empty).toBe(true)
  })

  test('to done in a run ends the run when it was the last one', async () => {
    const { api } = await person()
    const { run, firstTask } = await startRun(api)
    await set(api, firstTask.id, 'done')
    expect(await api.sprints.getRun({ sprint_run_id: run.id })).toMatchObject({
      status: 'failed',
      jobs: [{ status: 'cancelled', task: { status: 'done' } }],
    })
  })

  test('to something else leaves its queued job alone', async () => {
    const { api } = await person()
    const { firstTask } = await makeBacklog(api)
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    await set(api, firstTask.id, 'in_progress')
    expect(await api.jobs.get({ job_id })).toMatchObject({ status: 'queued' })
  })
})

describe('what an agent may not set by hand', () => {
  test('a task that somebody is at work on is a CONFLICT that names the job, and nothing changes', async () => {
    const { api } = await person()
    const { hold, task } = await holdJob(api)
    const before = await dumpRows(db.pool)
    for (const status of ['todo', 'done', 'failed', 'excluded'] as const)
      expect.soft(await failureOf(set(api, task.id, status)), status).toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining(hold.job_id),
        hint: expect.stringContaining('cancel'),
      })
    expect(await dumpRows(db.pool)).toEqual(before)
    await finishJobDone(api, hold)
    expect(await set(api, task.id, 'todo')).toMatchObject({ status: 'todo' })
  })

  test('H58 nor one whose delivery may be on origin already', async () => {
    const { api } = await person()
    const { hold, task } = await holdJob(api)
    await verify(api, hold, SHA.head)
    await api.jobs.deliver({ ...hold, head_sha: SHA.head })
    await db.pool.query(`update claude_jobs set status = 'QUEUED', lease_until = null where id = $1`, [hold.job_id])
    expect((await failureOf(set(api, task.id, 'excluded'))).code).toBe('CONFLICT')
  })

  test('H64 a queued job is cancelled, and a task in review approved, by a person only', async () => {
    const owner = await person()
    const { firstTask, tasks } = await makeBacklog(owner.api, { tasks: 2 })
    const { token } = await owner.api.tokens.create({ name: 'agent', scopes: ['read', 'work', 'author'] })
    const agent = server.client(token)
    const { job_id } = await owner.api.jobs.dispatch({ task_id: firstTask.id })
    expect((await failureOf(set(agent, firstTask.id, 'done'))).code).toBe('PERMISSION_DENIED')
    expect(await owner.api.jobs.get({ job_id })).toMatchObject({ status: 'queued' })
    const second = tasks[1]?.id ?? ''
    for (const status of ['in_progress', 'review'] as const) await set(agent, second, status)
    expect((await failureOf(set(agent, second, 'done'))).code).toBe('PERMISSION_DENIED')
    expect(await set(owner.api, second, 'done')).toMatchObject({ status: 'done' })
  })

  test('H14 a claim and a person who come at the same moment never both get the task', async () => {
    const { api } = await person()
    const { firstTask } = await makeBacklog(api)
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    const { worker_id } = await api.hosts.register({
      host_id: `host_${'a'.repeat(26)}`,
      host_name: 'h',
      version: '0.1.0',
      worker_name: 'w',
    })
    const [taken, setDone] = await Promise.allSettled([takeJob(api, worker_id), set(api, firstTask.id, 'done')])
    expect([taken.status, setDone.status].sort()).toEqual(['fulfilled', 'rejected'])
    const { status } = await api.jobs.get({ job_id })
    expect(status).toBe(taken.status === 'fulfilled' ? 'running' : 'cancelled')
  })
})

function set(
  api: ApiClient,
  task_id: string,
  status: Parameters<ApiClient['backlog']['updateTaskStatus']>[0]['status'],
) {
  return api.backlog.updateTaskStatus({ task_id, status })
}

async function statusesOf(pbiId: string, storyId: string): Promise<string[]> {
  const { rows } = await db.pool.query<{ status: string }>(
    `select status from pbis where id = $1 union all select status from stories where id = $2`,
    [pbiId, storyId],
  )
  return rows.map(row => row.status)
}

async function taskEvents(taskId: string): Promise<string[]> {
  const { rows } = await db.pool.query<{ status: string }>(
    `select status from events where task_id = $1 and type = 'backlog' order by id`,
    [taskId],
  )
  return rows.map(row => row.status)
}
