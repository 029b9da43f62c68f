import pg from 'pg'
import { expect, test } from 'vitest'
import { isUnreachable } from '../../src/server/store/database-error.ts'
import { inTransaction } from '../../src/server/store/in-transaction.ts'
import { enqueueJobs, makeBacklog, makeWorker } from '../support/backlog.ts'
import { addressOfDatabase, databaseUrlBy, openRelay } from '../support/relay.ts'
import { until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person, openAnother } = await openTestServer()

test('H5 the LISTEN connection ends: it is made again, and a job that came meanwhile finds its waiter', async () => {
  const { api } = await person()
  const { firstTask } = await makeBacklog(api)
  const { workerId } = await makeWorker(api)
  await until(async () => (await listeners()).length === 1)
  const before = await listeners()
  const wait = api.jobs.claim({ worker_id: workerId, wait_ms: 60_000 })
  await until(() => server.dispatcher.waiting === 1)
  await terminate(before)
  await until(async () => !(await listeners()).some(pid => before.includes(pid)))
  const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
  await server.announcer.flush()
  expect((await wait).offer?.job_id).toBe(job_id)
  expect(await listeners()).not.toEqual(before)
})

test('H5 every connection ends: no wait fails, and what comes later is found', async () => {
  const { api } = await person()
  const { firstTask } = await makeBacklog(api)
  const { workerId } = await makeWorker(api)
  const wait = api.jobs.claim({ worker_id: workerId, wait_ms: 60_000 })
  await until(() => server.dispatcher.waiting === 1)
  await until(async () => (await listeners()).length === 1)
  const before = await listeners()
  await terminate(await backends())
  await until(async () => (await listeners()).some(pid => !before.includes(pid)))
  const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
  expect((await wait).offer?.job_id).toBe(job_id)
})

test('H5 H9 a claim is committed and its answer lost: the same wait gets that job, and no other', async () => {
  const relay = await openRelay(addressOfDatabase(db.url))
  const cut = await openAnother({ databaseUrl: databaseUrlBy(relay, db.url) })
  const { api, token } = await person()
  const [jobId] = await enqueueJobs(api, 2)
  const { workerId } = await makeWorker(api)
  const lost = relay.loseAnswerTo('claim-next-jobs')
  const wait = cut.client(token).jobs.claim({ worker_id: workerId, wait_ms: 60_000 })
  await lost
  cut.dispatcher.ring(null)
  expect((await wait).offer).toMatchObject({ job_id: jobId, attempt: 1 })
  expect((await api.jobs.list({ statuses: ['claimed'] })).map(job => job.job_id)).toEqual([jobId])
})

test('H5 a connection that ends between two statements fails its transaction alone, as a database out of reach', async () => {
  const { api, userId } = await person()
  const failure = await inTransaction(server.pool, async client => {
    await client.query(`update users set name = 'Somebody else' where id = $1`, [userId])
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    const gone = new Promise(resolve => client.once('end', resolve))
    await terminate(rows.map(row => row.pid))
    await gone
    await client.query('select 1')
  }).catch((error: unknown) => error)
  expect(isUnreachable(failure)).toBe(true)
  expect((await api.system.health()).user.name).toBe('Test person')
})

test.each(
  'ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ETIMEDOUT ENOTFOUND EAI_AGAIN EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN'.split(
    ' ',
  ),
)('H5 %s on the way to the database counts as a database out of reach, also as the cause of another error', code => {
  const error = Object.assign(new Error(`connect ${code}`), { code })
  expect(isUnreachable(error)).toBe(true)
  expect(isUnreachable(new Error('Failed query', { cause: error }))).toBe(true)
  expect(isUnreachable(new Error('Failed query', { cause: new Error('Query read timeout') }))).toBe(true)
})

test('H5 PostgreSQL ends in the very moment in which a connection is ready: it counts as out of reach, and the process lives', async () => {
  const relay = await openRelay(addressOfDatabase(db.url))
  relay.endWhenReady()
  const pool = new pg.Pool({ connectionString: databaseUrlBy(relay, db.url) })
  const failure = await inTransaction(pool, client => client.query('select 1')).catch((error: unknown) => error)
  expect(isUnreachable(failure)).toBe(true)
  await pool.end()
})

/** The connections of the server. */
function backends(): Promise<number[]> {
  return pidsOf(`application_name = 'scrum4me'`)
}

/** Those of them that listen. */
function listeners(): Promise<number[]> {
  return pidsOf(`application_name = 'scrum4me' and query ilike 'listen %'`)
}

async function pidsOf(condition: string): Promise<number[]> {
  const { rows } = await db.pool.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and ${condition}`,
  )
  return rows.map(row => row.pid)
}

async function terminate(pids: number[]): Promise<void> {
  await db.pool.query('select pg_terminate_backend(pid) from unnest($1::int[]) as pid', [pids])
}
