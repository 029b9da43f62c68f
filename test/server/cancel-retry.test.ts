import { expect, test } from 'vitest'
import { makeBacklog } from '../support/backlog.ts'
import { holdJob, holdOffer, SHA, verify } from '../support/held-jobs.ts'
import { failureOf, readRow } from '../support/rows.ts'
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
