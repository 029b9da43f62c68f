import { expect, test } from 'vitest'
import { makeBacklog, makeWorker, takeJob } from '../support/backlog.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()

test('a host is listed with the workers that have just asked for work or hold a job, and with no others', async () => {
  const { api } = await person()
  const { firstTask } = await makeBacklog(api)
  const busy = await makeWorker(api)
  const idle = await makeWorker(api, busy.hostId)
  await api.jobs.dispatch({ task_id: firstTask.id })
  const { hold } = await takeJob(api, busy.workerId)
  const workersNow = async () => (await api.hosts.list()).map(({ id, workers }) => [id, workers])
  const seen = { name: 'test-agent', last_seen_at: expect.any(String) }
  const atWork = { ...seen, id: busy.workerId, job_id: hold.job_id }
  expect(await workersNow()).toEqual([[busy.hostId, [atWork, { ...seen, id: idle.workerId, job_id: null }]]])
  await db.moveClock('4 minutes')
  expect(await workersNow()).toEqual([[busy.hostId, [atWork]]])
  await api.jobs.settle({ ...hold, outcome: 'failed', error: 'It cannot be done.' })
  expect(await workersNow()).toEqual([[busy.hostId, []]])
})

test('H52 nobody sees another’s hosts or PBIs; a product of another is as unknown as none', async () => {
  const [mine, other] = await Promise.all([person(), person()])
  const { product, pbi } = await makeBacklog(other.api)
  await makeWorker(other.api)
  expect(await mine.api.hosts.list()).toEqual([])
  expect(await other.api.backlog.listPbis({ product_id: product.id })).toEqual([
    { ...pbi, status: expect.stringMatching(/^ready$/) },
  ])
  const refusals = await Promise.all(
    [product.id, 'product_1'].map(id => mine.api.backlog.listPbis({ product_id: id }).catch((error: Error) => error)),
  )
  for (const [index, id] of [product.id, 'product_1'].entries())
    expect(refusals[index]).toMatchObject({ code: 'NOT_FOUND', message: `There is no product ${id}.` })
})
