import { expect, test } from 'vitest'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import type { ServerOptions } from '../../src/server/open-server.ts'
import { enqueueJobs, makeBacklog, makeWorker } from '../support/backlog.ts'
import { holdJob, holdOffer } from '../support/held-jobs.ts'
import { holdLock, untilBlocked } from '../support/locks.ts'
import { addressOfDatabase, databaseUrlBy, openRelay } from '../support/relay.ts'
import { failureOf, readRow, until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person, openAnother } = await openTestServer()

/** A server whose way to the database can fall silent, and which waits for an answer for a moment only. */
async function openFar(options: Partial<ServerOptions> = {}) {
  const relay = await openRelay(addressOfDatabase(db.url))
  const far = await openAnother({ patienceMs: 300, ...options, databaseUrl: databaseUrlBy(relay, db.url) })
  return { relay, far }
}

/** What was told before is heard by a server, which is then not woken by it any more, and has made its first claim. */
async function untilHeardBy(far: Awaited<ReturnType<typeof openAnother>>): Promise<void> {
  const { api, token } = await person()
  const wait = far.client(token).jobs.claim({ worker_id: (await makeWorker(api)).workerId, wait_ms: 60_000 })
  const { dispatcher, pool } = far
  // Its first look is over: only the notification of its job, which comes after all others, makes it look again.
  await until(() => dispatcher.waiting === 1 && pool.waitingCount === 0 && pool.idleCount === pool.totalCount)
  await enqueueJobs(api, 1)
  expect((await wait).offer).toBeTruthy()
}

test('H5 every connection falls silent: a wait goes on, and its poll finds what comes', async () => {
  const { relay, far } = await openFar({ pollMs: 20 })
  const { api, token } = await person()
  const { firstTask } = await makeBacklog(api)
  const wait = far.client(token).jobs.claim({ worker_id: (await makeWorker(api)).workerId, wait_ms: 60_000 })
  await until(() => far.dispatcher.waiting === 1)
  relay.mute()
  const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
  expect((await wait).offer).toMatchObject({ job_id, attempt: 1 })
})

test('H5 the LISTEN connection falls silent: it is made again, and what came meanwhile is found without a poll', async () => {
  const { relay, far } = await openFar({ checkListeningMs: 20 })
  const { api, token } = await person()
  const { firstTask } = await makeBacklog(api)
  const wait = far.client(token).jobs.claim({ worker_id: (await makeWorker(api)).workerId, wait_ms: 60_000 })
  await until(() => far.dispatcher.waiting === 1)
  relay.mute()
  const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
  expect((await wait).offer).toMatchObject({ job_id, attempt: 1 })
})

test('H5 H9 the answer to a claim never comes: the same wait gets that job once the silence is noticed, and no other', async () => {
  const { relay, far } = await openFar({ pollMs: 20, patienceMs: 2_000 })
  const { api, token } = await person()
  const [jobId] = await enqueueJobs(api, 2)
  const { workerId } = await makeWorker(api)
  const unlock = await holdLock(db.pool, 'lock table events in exclusive mode')
  const wait = far.client(token).jobs.claim({ worker_id: workerId, wait_ms: 60_000 })
  await untilBlocked(db.pool, 1)
  relay.mute()
  await unlock()
  expect((await wait).offer).toMatchObject({ job_id: jobId, attempt: 1 })
  expect((await api.jobs.list({ statuses: ['claimed'] })).map(job => job.job_id)).toEqual([jobId])
})

test('H7 a wait ends with its time although its claim is under way, and what that brings goes back uncharged', async () => {
  const { api } = await person()
  const [jobId = ''] = await enqueueJobs(api, 1)
  const { workerId } = await makeWorker(api)
  const unlock = await holdLock(db.pool, 'lock table events in exclusive mode')
  const wait = api.jobs.claim({ worker_id: workerId, wait_ms: 1 })
  await untilBlocked(db.pool, 1)
  expect((await wait).offer).toBeNull()
  await unlock()
  await until(async () => (await readRow(db.pool, 'claude_jobs', jobId)).claim_no === 1)
  await until(async () => (await readRow(db.pool, 'claude_jobs', jobId)).status === 'QUEUED')
  expect(await readRow(db.pool, 'claude_jobs', jobId)).toMatchObject({ worker_id: null, setup_failures: 0 })
})

test.each(['its time is up', 'its caller goes away', 'its server closes'])(
  'H8 %s while nobody knows whether its claim was made: the job goes back at once, uncharged',
  async way => {
    const relay = await openRelay(addressOfDatabase(db.url))
    const far = await openAnother({ databaseUrl: databaseUrlBy(relay, db.url) })
    const { api, token } = await person()
    const { workerId } = await makeWorker(api)
    const [jobId = ''] = await enqueueJobs(api, 1)
    await untilHeardBy(far)
    const leaving = new AbortController()
    const lost = relay.loseAnswerTo('claim-next-jobs')
    const wish = { worker_id: workerId, wait_ms: way === 'its time is up' ? 1_000 : 60_000 }
    const wait = far.client(token).jobs.claim(wish, { signal: leaving.signal })
    const ended = wait.catch(() => null)
    await lost
    if (way === 'its caller goes away') leaving.abort()
    if (way === 'its server closes') await far.endWaits()
    await ended
    await until(async () => (await readRow(db.pool, 'claude_jobs', jobId)).status === 'QUEUED')
    expect(await readRow(db.pool, 'claude_jobs', jobId)).toMatchObject({
      claim_no: 1,
      setup_failures: 0,
      not_before: null,
    })
  },
)

test('H9 a worker that asks again after a wait that ended in doubt keeps what it is told of', async () => {
  const relay = await openRelay(addressOfDatabase(db.url))
  const far = await openAnother({ databaseUrl: databaseUrlBy(relay, db.url) })
  const { api, token } = await person()
  const [jobId = ''] = await enqueueJobs(api, 1)
  const { workerId } = await makeWorker(api)
  const lost = relay.loseAnswerTo('claim-next-jobs')
  const first = far.client(token).jobs.claim({ worker_id: workerId, wait_ms: 0 })
  await lost
  await relay.close()
  expect((await first).offer).toBeNull()
  await relay.open()
  expect((await far.client(token).jobs.claim({ worker_id: workerId, wait_ms: 0 })).offer).toMatchObject({
    job_id: jobId,
    attempt: 1,
  })
  await far.dispatcher.close()
  expect(await readRow(db.pool, 'claude_jobs', jobId)).toMatchObject({ status: 'CLAIMED', worker_id: workerId })
})

test('H5 a call on a connection that fell silent answers SERVER_UNAVAILABLE, and the next one is served', async () => {
  const { relay, far } = await openFar()
  const { token } = await person()
  await far.client(token).system.health()
  relay.mute()
  expect((await failureOf(far.client(token).system.health())).code).toBe('SERVER_UNAVAILABLE')
  expect(await far.client(token).system.health()).toMatchObject({ user: { name: 'Test person' } })
})

test('H5 a transaction whose client fell silent keeps no locks', async () => {
  const { relay, far } = await openFar()
  const { api, token } = await person()
  const { hold } = await holdOffer(api)
  const unlock = await holdLock(db.pool, 'select 1 from claude_jobs where id = $1 for update', [hold.job_id])
  const silent = far.client(token).jobs.giveBack({ ...hold, blame: 'nobody', reason: 'The client went away.' })
  const failure = failureOf(silent)
  await untilBlocked(db.pool, 1)
  relay.mute()
  await unlock()
  expect((await api.jobs.giveBack({ ...hold, blame: 'nobody', reason: 'Again.' })).status).toBe('queued')
  expect((await failure).code).toBe('SERVER_UNAVAILABLE')
})

test('H5 H60 the reaper’s connections fall silent: its round fails, and a later one does its work', async () => {
  const { relay, far } = await openFar()
  const { api } = await person()
  const { hold } = await holdJob(api)
  await reapStaleJobs(far)
  await db.moveClock('6 minutes')
  relay.mute()
  await expect(reapStaleJobs(far)).rejects.toThrow()
  await until(async () => (await reapStaleJobs(far).catch(() => null))?.includes(hold.job_id) ?? false)
  expect((await api.jobs.get({ job_id: hold.job_id })).retry_count).toBe(1)
  expect(await reapStaleJobs(server)).toEqual([])
})
