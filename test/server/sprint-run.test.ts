import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { finishJobDone, first, makeBacklog, makeWorker, takeJob } from '../support/backlog.ts'
import { holdJob, makeSprint, startRun, takeOffer } from '../support/held-jobs.ts'
import { dumpRows, eventsOf, failureOf, readRow } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()

describe('a run that starts', () => {
  test('has a job per open task on one branch, in the order PBI → story → task', async () => {
    const { api } = await person()
    const { run, tasks } = await startRun(api, { stories: 2, tasks: 2 })
    expect(run).toMatchObject({ status: 'queued', pr_strategy: 'SPRINT', execution: 'PER_TASK', started_at: null })
    expect(run.branch).toBe(`feat/sprint-${run.id.slice(-8)}`)
    expect(run.jobs.map(job => job.task?.code)).toEqual(tasks.map(task => task.code))
    expect(run.jobs.map(job => job.sequence)).toEqual([1, 2, 3, 4])
    for (const { job_id } of run.jobs)
      expect(await api.jobs.get({ job_id })).toMatchObject({ status: 'queued', branch: run.branch })
  })

  test('H48 keeps its order although the backlog is reordered during it', async () => {
    const { api } = await person()
    const { product, stories } = await makeBacklog(api, { stories: 2, tasks: 2 })
    const pbi = await api.backlog.createPbi({ product_id: product.id, title: 'Second' })
    const last = await api.backlog.createStory({ pbi_id: pbi.id, title: 'Last' })
    await api.backlog.createTask({ story_id: last.id, title: 'Last', implementation_plan: 'Change `hello.js`.' })
    const sprint = await makeSprint(api, { product, stories: [...stories, { ...last, tasks: [] }] })
    const run = await api.sprints.startRun({ sprint_id: sprint.id })
    expect(run.jobs.map(job => job.task?.title)).toEqual(['Task 1.1', 'Task 1.2', 'Task 2.1', 'Task 2.2', 'Last'])
    for (const table of ['tasks', 'stories', 'pbis'])
      await db.pool.query(`update ${table} set sort_order = -sort_order`)
    const { workerId } = await makeWorker(api)
    for (const { job_id } of run.jobs) {
      const { hold } = await takeJob(api, workerId)
      expect(hold.job_id).toBe(job_id)
      await finishJobDone(api, hold)
    }
  })

  test('is refused with everything that stands in its way, and writes nothing', async () => {
    const { api } = await person()
    const { product, pbi, stories, firstTask } = await makeBacklog(api, { tasks: 2 })
    const unplanned = await api.backlog.createTask({ story_id: first(stories).id, title: 'No plan' })
    const sprint = await makeSprint(api, { product, stories })
    await api.jobs.dispatch({ task_id: firstTask.id })
    await db.pool.query(`update pbis set status = 'BLOCKED' where id = $1`, [pbi.id])
    const before = await dumpRows(db.pool)
    const { code, message } = await failureOf(api.sprints.startRun({ sprint_id: sprint.id }))
    expect(code).toBe('SPRINT_BLOCKED')
    expect(message.split('\n').slice(1)).toEqual([
      `- Task ${firstTask.code} is with an agent already.`,
      `- Task ${unplanned.code} has no implementation plan.`,
      `- PBI ${pbi.code} is blocked.`,
    ])
    expect(await dumpRows(db.pool)).toEqual(before)
  })
})

describe('a run that ends', () => {
  test('done: every job delivered makes story and PBI done and closes the sprint, each change with its event', async () => {
    const { api } = await person()
    const { run, pbi, stories, sprint } = await startRun(api, { stories: 2 })
    const { workerId } = await makeWorker(api)
    for (const { job_id } of run.jobs) {
      expect((await api.sprints.getRun({ sprint_run_id: run.id })).status).toBe(
        job_id === first(run.jobs).job_id ? 'queued' : 'running',
      )
      await finishJobDone(api, (await takeJob(api, workerId)).hold)
      expect(await eventsOf(db.pool, { job: job_id })).toEqual([
        'claude_job_enqueued queued',
        ...['claimed', 'running', 'done'].map(status => `claude_job_status ${status}`),
      ])
    }
    expect(await eventsOf(db.pool, { run: run.id })).toEqual(
      ['queued', 'running', 'done'].map(status => `sprint_run_status ${status}`),
    )
    expect(await api.sprints.getRun({ sprint_run_id: run.id })).toMatchObject({
      status: 'done',
      started_at: expect.any(String),
      finished_at: expect.any(String),
      sprint: { status: 'closed' },
    })
    expect(await statusesOf({ pbis: pbi.id, stories: first(stories).id, sprints: sprint.id })).toEqual({
      pbis: 'DONE',
      stories: 'DONE',
      sprints: 'CLOSED',
    })
  })

  test('done with a skipped task: the task is to do again, so its story and sprint stay open', async () => {
    const { api } = await person()
    const { run, firstTask, stories, sprint } = await startRun(api)
    const { hold } = await takeJob(api, (await makeWorker(api)).workerId)
    expect(await statusesOf({ tasks: firstTask.id })).toEqual({ tasks: 'IN_PROGRESS' })
    await api.jobs.settle({ ...hold, outcome: 'skipped', error: 'The greeting is right already.' })
    expect(
      await statusesOf({ sprint_runs: run.id, tasks: firstTask.id, stories: first(stories).id, sprints: sprint.id }),
    ).toEqual({ sprint_runs: 'DONE', tasks: 'TO_DO', stories: 'IN_SPRINT', sprints: 'OPEN' })
  })

  test('failed: the first failure cancels the queued jobs, fails story, PBI, run and sprint, each with its event', async () => {
    const { api } = await person()
    const { run, firstTask, pbi, stories, sprint } = await startRun(api, { tasks: 3 })
    const { workerId } = await makeWorker(api)
    const { hold } = await takeJob(api, workerId)
    await api.jobs.settle({ ...hold, outcome: 'failed', error: 'The tests are red.' })

    const ended = await api.sprints.getRun({ sprint_run_id: run.id })
    expect(ended).toMatchObject({ status: 'failed', sprint: { status: 'failed' } })
    expect(ended.jobs.map(job => [job.status, job.task?.status])).toEqual([
      ['failed', 'failed'],
      ['cancelled', 'todo'],
      ['cancelled', 'todo'],
    ])
    for (const { job_id, error } of ended.jobs.slice(1)) {
      expect(error).toContain(hold.job_id)
      expect((await eventsOf(db.pool, { job: job_id })).at(-1)).toBe('claude_job_status cancelled')
    }
    expect((await eventsOf(db.pool, { run: run.id })).at(-1)).toBe('sprint_run_status failed')
    expect(await eventsOfTask(firstTask.id)).toEqual(['todo', 'in_progress', 'failed'])
    expect(await statusesOf({ pbis: pbi.id, stories: first(stories).id, sprints: sprint.id })).toEqual({
      pbis: 'FAILED',
      stories: 'FAILED',
      sprints: 'FAILED',
    })
    expect((await api.jobs.claim({ worker_id: workerId, wait_ms: 0 })).offer).toBeNull()
  })

  test('its failure leaves jobs without a run alone', async () => {
    const { api } = await person()
    await startRun(api)
    const { hold } = await takeJob(api, (await makeWorker(api)).workerId)
    const other = await holdJob(api)
    await api.jobs.settle({ ...hold, outcome: 'failed', error: 'The tests are red.' })
    expect((await api.jobs.get({ job_id: other.hold.job_id })).status).toBe('running')
  })

  test('once, when its last two jobs end at the same moment', async () => {
    const { api } = await person()
    for (let round = 0; round < 5; round++) {
      const { run, holds } = await startRunOfTwoLanes(api)
      await Promise.all(holds.map(hold => finishJobDone(api, hold)))
      expect((await api.sprints.getRun({ sprint_run_id: run.id })).status).toBe('done')
      expect((await eventsOf(db.pool, { run: run.id })).filter(line => line.endsWith('done'))).toHaveLength(1)
    }
  })

  test('not before its other lanes have, although one of them failed', async () => {
    const { api } = await person()
    const { run, holds } = await startRunOfTwoLanes(api)
    const [one, two] = holds
    if (!one || !two) throw new Error('two lanes have two jobs')
    await api.jobs.settle({ ...one, outcome: 'failed', error: 'The tests are red.' })
    expect(await statusesOf({ sprint_runs: run.id, claude_jobs: two.job_id })).toEqual({
      sprint_runs: 'RUNNING',
      claude_jobs: 'RUNNING',
    })
    await finishJobDone(api, two)
    expect(await statusesOf({ sprint_runs: run.id })).toEqual({ sprint_runs: 'FAILED' })
  })
})

test('H14 a claim that was under way when its run was cancelled ends at its attach, and its task is to do again', async () => {
  const { api } = await person()
  const { run, firstTask } = await startRun(api)
  const { hold, worktree } = await takeOffer(api, (await makeWorker(api)).workerId)
  await db.pool.query(`update sprint_runs set status = 'CANCELLED' where id = $1`, [run.id])
  expect((await failureOf(api.jobs.attach({ ...hold, ...worktree }))).code).toBe('JOB_CANCELLED')
  expect(await statusesOf({ claude_jobs: hold.job_id, tasks: firstTask.id, sprint_runs: run.id })).toEqual({
    claude_jobs: 'CANCELLED',
    tasks: 'TO_DO',
    sprint_runs: 'CANCELLED',
  })
  expect((await failureOf(api.jobs.renew(hold))).code).toBe('JOB_CANCELLED')
})

/** A run over two repositories, and so with two lanes, whose jobs are both at work. */
async function startRunOfTwoLanes(api: ApiClient) {
  const { product, stories } = await makeBacklog(api)
  const elsewhere = { repo_url: 'https://example.org/acme/other', implementation_plan: 'Change `hello.js`.' }
  await api.backlog.createTask({ story_id: first(stories).id, title: 'Elsewhere', ...elsewhere })
  const sprint = await makeSprint(api, { product, stories })
  const run = await api.sprints.startRun({ sprint_id: sprint.id })
  const holds = []
  for (const _ of run.jobs) holds.push((await takeJob(api, (await makeWorker(api)).workerId)).hold)
  return { run, holds }
}

/** The statuses of one row of each table. */
async function statusesOf(ids: Record<string, string>): Promise<Record<string, unknown>> {
  const read = async ([table, id]: [string, string]) => [table, (await readRow(db.pool, table, id)).status] as const
  return Object.fromEntries(await Promise.all(Object.entries(ids).map(read)))
}

async function eventsOfTask(taskId: string): Promise<string[]> {
  const { rows } = await db.pool.query<{ status: string }>(
    `select status from events where task_id = $1 and type = 'backlog' order by id`,
    [taskId],
  )
  return rows.map(row => row.status)
}
