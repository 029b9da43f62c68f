import { expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { inTransaction } from '../../src/server/store/in-transaction.ts'
import { newId } from '../../src/server/store/new-id.ts'
import { makeBacklog, makeWorker } from '../support/backlog.ts'
import { insertJobs, insertWorkers } from '../support/bulk.ts'
import { holdLock, untilBlocked } from '../support/locks.ts'
import { until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'
import { countStatements } from '../support/statements.ts'

const { server, db, person, openAnother } = await openTestServer()

test('H6 waiters on a thousand hosts cost one look per job', async () => {
  const { api, userId, productId, storyId } = await somebody()
  const hosts = await insertHosts(api, userId, 1_000)
  const waits = hosts.map(({ workerId }) => wait(api, workerId))
  await until(() => server.dispatcher.waiting === 1_000 && server.pool.idleCount === server.pool.totalCount)
  const looks = countStatements('claim-next-jobs')
  await insertJobs(db.pool, { userId, productId, storyId, count: 1 })
  server.dispatcher.ring(userId)
  await until(() => server.dispatcher.waiting === 999)
  expect(looks()).toBe(1)
  for (const { controller } of waits) controller.abort()
  await Promise.all(waits.map(({ answer }) => answer))
})

test('H13 a job that is barred from the hosts of those who came first goes to the first whose host may take it', async () => {
  const { api, userId, productId, storyId } = await somebody()
  const [barred, other, open] = await Promise.all([makeWorker(api), makeWorker(api), makeWorker(api)])
  const [early, next, late] = [barred, other, open].map(({ workerId }) => wait(api, workerId))
  await until(() => server.dispatcher.waiting === 3)
  // In one transaction, so that none of them takes the job before it is barred from anybody.
  const jobId = await inTransaction(db.pool, async client => {
    const [id] = await insertJobs(client, { userId, productId, storyId, count: 1 })
    const bar = `insert into job_bars (job_id, host_id, reason) values ($1, $2, 'The repository is not there.')`
    for (const { hostId } of [barred, other]) await client.query(bar, [id, hostId])
    return id
  })
  server.dispatcher.ring(userId)
  expect((await late?.answer)?.offer?.job_id).toBe(jobId)
  for (const waiting of [early, next]) waiting?.controller.abort()
})

test('a poll asks once for all who wait, and looks for those alone who have a job', async () => {
  const people = await Promise.all([somebody(), somebody(), somebody()])
  const polling = await openAnother({ pollMs: 10 })
  const waits = await Promise.all(
    people.map(async ({ api, token }) => wait(polling.client(token), (await makeWorker(api)).workerId)),
  )
  await until(() => polling.dispatcher.waiting === 3 && polling.pool.idleCount === polling.pool.totalCount)
  const [looks, polls] = [countStatements('claim-next-jobs'), countStatements('list-users-with-work')]
  await until(() => polls() > 1)
  expect(looks()).toBe(0)
  const [lucky] = people
  if (lucky) await insertJobs(db.pool, { ...lucky, count: 1 })
  expect((await waits[0]?.answer)?.offer).toBeTruthy()
  expect(looks()).toBe(1)
  for (const { controller } of waits) controller.abort()
})

test('a call that does not wait gets a job that is there, also while others are being looked for', async () => {
  const { api, userId, productId, storyId } = await somebody()
  const [waiting, hasty] = await Promise.all([makeWorker(api), makeWorker(api)])
  await insertJobs(db.pool, { userId, productId, storyId, count: 2 })
  const unlock = await holdLock(db.pool, 'lock table events in exclusive mode')
  const first = wait(api, waiting.workerId)
  await untilBlocked(db.pool, 1)
  const second = api.jobs.claim({ worker_id: hasty.workerId, wait_ms: 0 })
  await until(() => server.dispatcher.waiting === 2)
  await unlock()
  expect((await first.answer)?.offer).toBeTruthy()
  expect((await second).offer).toBeTruthy()
})

test('H4 a job that is older than those that a rush takes is found in it', async () => {
  const { api, userId, productId, storyId } = await somebody()
  const { hostId } = await makeWorker(api)
  await insertJobs(db.pool, { userId, productId, storyId, count: 40 })
  const unlock = await holdLock(db.pool, 'lock table events in exclusive mode')
  const waits = (await insertWorkers(db.pool, { userId, hostId, count: 41 })).map(workerId => wait(api, workerId))
  await untilBlocked(db.pool, 1)
  const [old] = await insertJobs(db.pool, { userId, productId, storyId, count: 1, createdAt: '2020-01-01' })
  await unlock()
  const offers = await Promise.all(waits.map(({ answer }) => answer))
  expect(offers.map(answer => answer?.offer?.job_id)).toContain(old)
})

/** A person with a product and a story. */
async function somebody() {
  const { api, userId, token } = await person()
  const { product, firstTask } = await makeBacklog(api)
  return { api, userId, token, productId: product.id, storyId: firstTask.story_id }
}

function wait(api: ApiClient, workerId: string) {
  const controller = new AbortController()
  const answer = api.jobs
    .claim({ worker_id: workerId, wait_ms: 60_000 }, { signal: controller.signal })
    .catch(() => null)
  return { controller, answer }
}

/** Hosts with a worker each. */
async function insertHosts(api: ApiClient, userId: string, count: number) {
  const { hostId } = await makeWorker(api)
  const hosts = (await insertWorkers(db.pool, { userId, hostId, count })).map(workerId => ({
    workerId,
    hostId: newId('host'),
  }))
  const [workerIds, hostIds] = [hosts.map(host => host.workerId), hosts.map(host => host.hostId)]
  await db.pool.query(
    `insert into hosts select (jsonb_populate_record(h, jsonb_build_object('id', n.id))).*
       from hosts h, unnest($2::text[]) n(id) where h.id = $1`,
    [hostId, hostIds],
  )
  await db.pool.query(
    `update workers w set host_id = n.host_id from unnest($1::text[], $2::text[]) n(id, host_id) where w.id = n.id`,
    [workerIds, hostIds],
  )
  return hosts
}
