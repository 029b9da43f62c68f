import { expect, test } from 'vitest'
import { finishJobDone, makeBacklog, makeWorker, takeJob } from '../support/backlog.ts'
import { holdJob, holdOffer, makeSprint, SHA, verify } from '../support/held-jobs.ts'
import { dumpRows, failureOf, readRow } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()

test('H22 a cancelled job ends at once for its holder, and its task is to be done again', async () => {
  const { api } = await person()
  const { hold, task } = await holdJob(api)
  expect(await api.jobs.cancel({ job_id: hold.job_id })).toMatchObject({ status: 'cancelled' })
  expect((await failureOf(api.jobs.settle({ ...hold, outcome: 'done', pushed: true }))).code).toBe('JOB_CANCELLED')
  expect(await readRow(db.pool, 'tasks', task.id)).toMatchObject({ status: 'TO_DO' })
  expect(await api.jobs.cancel({ job_id: hold.job_id })).toMatchObject({ status: 'cancelled' })
})

test('H58 a job that passed deliver is cancelled by the conflict that shows that origin has it not', async () => {
  const { api } = await person()
  const { hold } = await holdJob(api)
  await verify(api, hold, SHA.head)
  await api.jobs.deliver({ ...hold, head_sha: SHA.head, summary: 'Changed the greeting as planned.' })
  expect(await api.jobs.cancel({ job_id: hold.job_id })).toMatchObject({ status: 'running' })
  expect(await api.jobs.reportConflict({ ...hold, base_sha: SHA.other })).toEqual({ status: 'cancelled' })
})

test('a retried job starts over: no bar, no back-off, all attempts', async () => {
  const { api } = await person()
  const { hold, workerId } = await holdOffer(api)
  await api.jobs.giveBack({ ...hold, blame: 'host', reason: 'No root.' })
  expect(await api.jobs.get({ job_id: hold.job_id })).toMatchObject({ status: 'failed' })
  await api.jobs.retry({ job_id: hold.job_id })
  expect((await api.jobs.claim({ worker_id: workerId, wait_ms: 0 })).offer?.job_id).toBe(hold.job_id)
})

test('what is live or done is not retried, nor what has another live job', async () => {
  const { api } = await person()
  const { firstTask } = await makeBacklog(api)
  const first = await api.jobs.dispatch({ task_id: firstTask.id })
  expect((await failureOf(api.jobs.retry({ job_id: first.job_id }))).code).toBe('INVALID_TRANSITION')
  await api.jobs.cancel({ job_id: first.job_id })
  await api.jobs.dispatch({ task_id: firstTask.id })
  expect((await failureOf(api.jobs.retry({ job_id: first.job_id }))).code).toBe('CONFLICT')
})

test('H22 a job that an agent is at work on is not retried from under it', async () => {
  const { api } = await person()
  const { hold } = await holdJob(api)
  expect((await failureOf(api.jobs.retry({ job_id: hold.job_id }))).code).toBe('INVALID_TRANSITION')
  await api.jobs.renew(hold)
})

test('H64 an agent’s token cancels and retries nothing', async () => {
  const owner = await person()
  const { hold } = await holdJob(owner.api)
  const agent = await person({ scopes: ['read', 'work', 'author'] })
  for (const call of [agent.api.jobs.cancel, agent.api.jobs.retry])
    expect((await failureOf(call({ job_id: hold.job_id }))).code).toBe('PERMISSION_DENIED')
})

test('H57 what has ended otherwise is not cancelled any more, and nothing is written', async () => {
  const { api } = await person()
  const { hold: done } = await holdJob(api)
  await finishJobDone(api, done)
  const { hold: skipped } = await holdJob(api)
  await api.jobs.settle({ ...skipped, outcome: 'skipped', error: 'It is so already.' })
  const { hold: failed } = await holdJob(api)
  await verify(api, failed, SHA.head)
  await api.jobs.deliver({ ...failed, head_sha: SHA.head, summary: 'Changed the greeting as planned.' })
  await api.jobs.settle({ ...failed, outcome: 'failed', error: 'Origin refuses the push.' })
  const before = await dumpRows(db.pool)
  for (const { job_id } of [done, skipped, failed])
    expect.soft((await failureOf(api.jobs.cancel({ job_id }))).code).toBe('INVALID_TRANSITION')
  expect(await dumpRows(db.pool)).toEqual(before)
})

test('a retry leaves cancelled what it had taken along and what a person has finished, or sent to an agent, meanwhile', async () => {
  const { api } = await person()
  const { product, stories, tasks } = await makeBacklog(api, { stories: 2, tasks: 4 })
  const sprint = await makeSprint(api, { product, stories })
  const run = await api.sprints.startRun({ sprint_id: sprint.id, pr_strategy: 'STORY' })
  const { hold } = await takeJob(api, (await makeWorker(api)).workerId)
  await api.jobs.settle({ ...hold, outcome: 'failed', error: 'The tests are red.' })
  const [, finished, sent] = tasks
  await api.backlog.updateTaskStatus({ task_id: finished?.id ?? '', status: 'done' })
  await api.jobs.dispatch({ task_id: sent?.id ?? '' })
  expect(await api.jobs.retry({ job_id: hold.job_id })).toMatchObject({ status: 'queued' })
  const { jobs } = await api.sprints.getRun({ sprint_run_id: run.id })
  expect(jobs.slice(0, 4)).toMatchObject([
    { status: 'queued', task: { status: 'todo' } },
    { status: 'cancelled', task: { status: 'done' } },
    { status: 'cancelled', task: { status: 'todo' } },
    { status: 'queued', task: { status: 'todo' } },
  ])
})

test('H63 a job is not retried whose task a sprint’s job does by now', async () => {
  const { api } = await person()
  const { firstTask, product, stories } = await makeBacklog(api)
  const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
  await api.jobs.cancel({ job_id })
  const sprint = await makeSprint(api, { product, stories })
  await api.sprints.startRun({ sprint_id: sprint.id, execution: 'BATCH' })
  expect((await failureOf(api.jobs.retry({ job_id }))).code).toBe('CONFLICT')
})
