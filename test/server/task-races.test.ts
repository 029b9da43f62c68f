import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { first, makeBacklog, makeWorker } from '../support/backlog.ts'
import { holdSprint, makeSprint, startRun, takeOffer } from '../support/held-jobs.ts'
import { meetAtRow } from '../support/locks.ts'
import { failureOf, readRow, until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { db, server, person } = await openTestServer()

const setDone = (api: ApiClient, task_id: string) => api.backlog.updateTaskStatus({ task_id, status: 'done' })

describe('H14 a task that a person finishes at the moment at which it is', () => {
  test('sent to an agent, which comes first: its job is cancelled', async () => {
    const { api } = await person()
    const { firstTask } = await makeBacklog(api)
    const dispatch = () => api.jobs.dispatch({ task_id: firstTask.id })
    const [sent, done] = await meetAtRow(db.pool, { table: 'tasks', id: firstTask.id }, dispatch, () =>
      setDone(api, firstTask.id),
    )
    expect(done).toMatchObject({ status: 'fulfilled', value: { status: 'done' } })
    if (sent.status === 'rejected') throw sent.reason
    expect(await api.jobs.get({ job_id: sent.value.job_id })).toMatchObject({ status: 'cancelled' })
  })

  test('sent to an agent, which comes second: that is refused', async () => {
    const { api } = await person()
    const { firstTask } = await makeBacklog(api)
    const dispatch = () => api.jobs.dispatch({ task_id: firstTask.id })
    const [done, sent] = await meetAtRow(
      db.pool,
      { table: 'tasks', id: firstTask.id },
      () => setDone(api, firstTask.id),
      dispatch,
    )
    expect(done.status).toBe('fulfilled')
    expect(sent).toMatchObject({ status: 'rejected', reason: { code: 'INVALID_TRANSITION' } })
    expect((await api.jobs.checkQueue({})).empty).toBe(true)
  })

  test('taken into a run, which comes first: its job is cancelled there, and the others stay', async () => {
    const { api } = await person()
    const { firstTask, product, stories } = await makeBacklog(api, { tasks: 2 })
    const sprint = await makeSprint(api, { product, stories })
    const start = () => api.sprints.startRun({ sprint_id: sprint.id })
    const [started, done] = await meetAtRow(db.pool, { table: 'tasks', id: firstTask.id }, start, () =>
      setDone(api, firstTask.id),
    )
    expect(done.status).toBe('fulfilled')
    if (started.status === 'rejected') throw started.reason
    const { jobs } = await api.sprints.getRun({ sprint_run_id: started.value.id })
    expect(jobs).toMatchObject([
      { status: 'cancelled', task: { status: 'done' } },
      { status: 'queued', task: { status: 'todo' } },
    ])
  })

  test('taken into a run, which comes second: it has no job there', async () => {
    const { api } = await person()
    const { firstTask, product, stories } = await makeBacklog(api, { tasks: 2 })
    const sprint = await makeSprint(api, { product, stories })
    const start = () => api.sprints.startRun({ sprint_id: sprint.id })
    const [, started] = await meetAtRow(
      db.pool,
      { table: 'tasks', id: firstTask.id },
      () => setDone(api, firstTask.id),
      start,
    )
    if (started.status === 'rejected') throw started.reason
    expect(started.value.jobs).toMatchObject([{ status: 'queued', task: { status: 'todo' } }])
  })

  test('tried again, which comes second: that is refused, and the task stays done', async () => {
    const { api } = await person()
    const { firstTask } = await makeBacklog(api)
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    await api.jobs.cancel({ job_id })
    const retry = () => api.jobs.retry({ job_id })
    const [done, retried] = await meetAtRow(
      db.pool,
      { table: 'tasks', id: firstTask.id },
      () => setDone(api, firstTask.id),
      retry,
    )
    expect(done.status).toBe('fulfilled')
    expect(retried).toMatchObject({ status: 'rejected', reason: { code: 'INVALID_TRANSITION' } })
    expect((await readRow(db.pool, 'tasks', firstTask.id)).status).toBe('DONE')
  })
})

test('H14 a task cannot be set to review while an agent is yet to do it: in the queue, or in a sprint’s job', async () => {
  const { api } = await person()
  const { firstTask } = await makeBacklog(api)
  const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
  const { tasks } = await holdSprint(api)
  for (const { id: task_id } of [firstTask, ...tasks]) {
    await api.backlog.updateTaskStatus({ task_id, status: 'in_progress' })
    expect(await failureOf(api.backlog.updateTaskStatus({ task_id, status: 'review' }))).toMatchObject({
      code: 'CONFLICT',
      hint: expect.stringContaining('cancel'),
    })
  }
  const { hold, worktree } = await takeOffer(api, (await makeWorker(api)).workerId)
  expect(hold.job_id).toBe(job_id)
  await api.jobs.attach({ ...hold, ...worktree })
})

describe('H30 a job whose task is as a person has decided, however that came,', () => {
  test.each(['DONE', 'REVIEW', 'EXCLUDED'])(
    '%s: is skipped when an agent comes to it, and frees its lane',
    async to => {
      const { api } = await person()
      const { firstTask, run } = await startRun(api, { tasks: 2 })
      await decide(firstTask.id, to)
      const { hold, worktree } = await takeOffer(api, (await makeWorker(api)).workerId)
      expect((await failureOf(api.jobs.attach({ ...hold, ...worktree }))).code).toBe('LEASE_LOST')
      expect(await api.jobs.get({ job_id: hold.job_id })).toMatchObject({ status: 'skipped' })
      expect((await readRow(db.pool, 'tasks', firstTask.id)).status).toBe(to)
      const next = await takeOffer(api, (await makeWorker(api)).workerId)
      expect(run.jobs.map(({ job_id }) => job_id)).toContain(next.hold.job_id)
    },
  )

  test.each(['DONE', 'REVIEW', 'EXCLUDED'])('%s: fails with its tenth set-up, and the task stays', async to => {
    const { api } = await person()
    const { firstTask } = await makeBacklog(api)
    await api.jobs.dispatch({ task_id: firstTask.id })
    const { hold } = await takeOffer(api, (await makeWorker(api)).workerId)
    await decide(firstTask.id, to)
    await db.pool.query('update claude_jobs set setup_failures = 9 where id = $1', [hold.job_id])
    expect(await api.jobs.giveBack({ ...hold, blame: 'setup', reason: 'No network.' })).toEqual({ status: 'failed' })
    expect((await readRow(db.pool, 'tasks', firstTask.id)).status).toBe(to)
  })

  test('lapses in the middle of its work, and is skipped by the next attempt', async () => {
    const { api } = await person()
    const { firstTask } = await makeBacklog(api)
    await api.jobs.dispatch({ task_id: firstTask.id })
    const { hold, worktree } = await takeOffer(api, (await makeWorker(api)).workerId)
    await api.jobs.attach({ ...hold, ...worktree })
    await decide(firstTask.id, 'EXCLUDED')
    await db.moveClock('6 minutes')
    await until(async () => (await reapStaleJobs(server))?.includes(hold.job_id) ?? false)
    const again = await takeOffer(api, (await makeWorker(api)).workerId)
    expect((await failureOf(api.jobs.attach({ ...again.hold, ...again.worktree }))).code).toBe('LEASE_LOST')
    expect((await readRow(db.pool, 'tasks', firstTask.id)).status).toBe('EXCLUDED')
  })
})

test('H47 a failed task of a sprint that a person finishes by hand stays done when the sprint’s job lapses', async () => {
  const { api } = await person()
  const { hold, context } = await holdSprint(api, { tasks: 2 })
  const { execution_id, task_id } = first(context.task_executions)
  await api.executions.start({ ...hold, execution_id })
  await api.executions.settle({ ...hold, execution_id, outcome: 'failed', reason: 'The tests are red.' })
  await setDone(api, task_id)
  await db.moveClock('6 minutes')
  await reapStaleJobs(server)
  expect((await readRow(db.pool, 'tasks', task_id)).status).toBe('DONE')
  expect(await readRow(db.pool, 'sprint_task_executions', execution_id)).toMatchObject({
    status: 'SKIPPED',
    skip_reason: 'Its task was set to done.',
  })
})

/** As an older version, or a hand in the database, may have left it. */
async function decide(taskId: string, to: string): Promise<void> {
  await db.pool.query('update tasks set status = $2 where id = $1', [taskId, to])
}
