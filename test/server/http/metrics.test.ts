import { describe, expect, test } from 'vitest'
import { makeBacklog, makeWorker, takeJob } from '../../support/backlog.ts'
import { serveHttp } from '../../support/http.ts'
import { bearer, callRaw, failureIn } from '../../support/raw-http.ts'
import { addressOfDatabase, databaseUrlBy, openRelay } from '../../support/relay.ts'
import { until } from '../../support/rows.ts'
import { openTestServer, type Person } from '../../support/server.ts'

const { db, server, person, openAnother } = await openTestServer()
const http = await serveHttp(server)

describe('/healthz', () => {
  test('tells anybody that the server lives and which version it is, and nothing else', async () => {
    const answer = await callRaw(`${http.url}/healthz`)
    expect({ status: answer.status, body: JSON.parse(answer.body) }).toEqual({
      status: 200,
      body: { status: 'ok', version: '0.1.0-test' },
    })
  })

  test('H54 says 503 while the database is away, and nothing of where it is; so does the api; afterwards all is well', async () => {
    const relay = await openRelay(addressOfDatabase(db.url))
    const databaseUrl = databaseUrlBy(relay, db.url)
    const served = await serveHttp(await openAnother({ databaseUrl }))
    const { token } = await person()
    const headers = bearer(token)
    expect((await callRaw(`${served.url}/healthz`)).status).toBe(200)
    await relay.close()
    for (const path of ['/healthz', '/metrics', '/api/products', '/api/health']) {
      const answer = await callRaw(`${served.url}${path}`, { headers })
      expect(failureIn(answer), path).toMatchObject({ status: 503, code: 'SERVER_UNAVAILABLE' })
      // A database of one's own may go without a password.
      const password = new URL(db.url).password || token
      for (const secret of [String(relay.port), token, password, '127.0.0.1', 'ECONN'])
        expect(answer.body).not.toContain(secret)
    }
    await relay.open()
    for (const path of ['/healthz', '/api/products'])
      expect((await callRaw(`${served.url}${path}`, { headers })).status, path).toBe(200)
  })
})

describe('/metrics', () => {
  test('has the queue as it is at the moment of the question', async () => {
    const someone = await person()
    const { firstTask } = await makeBacklog(someone.api)
    expect(await gauges(someone)).toMatchObject({ 'jobs{status="queued"}': 0, 'jobs{status="claimed"}': 0 })
    await someone.api.jobs.dispatch({ task_id: firstTask.id })
    expect(await gauges(someone)).toMatchObject({ 'jobs{status="queued"}': 1, hosts_alive: 0, waiters: 0 })
    const worker = await makeWorker(someone.api)
    await takeJob(someone.api, worker.workerId)
    const other = await makeWorker(someone.api)
    const waits = someone.api.jobs.claim({ worker_id: other.workerId, wait_ms: 60_000 }, { signal: gone.signal })
    waits.catch(() => undefined)
    await until(() => server.dispatcher.waiting === 1)
    expect(await gauges(someone)).toMatchObject({
      'jobs{status="queued"}': 0,
      'jobs{status="claimed"}': 0,
      'jobs{status="running"}': 1,
      hosts_alive: 2,
      waiters: 1,
    })
    gone.abort()
    await until(() => server.dispatcher.waiting === 0)
    await db.moveClock('5 minutes')
    expect(await gauges(someone)).toMatchObject({ hosts_alive: 0, waiters: 0 })
  })
  const gone = new AbortController()

  test('has the age of the oldest snapshot, which slows claims down while somebody holds it', async () => {
    const someone = await person()
    const holder = await db.pool.connect()
    try {
      await holder.query('begin isolation level repeatable read')
      await holder.query('select 1 from users')
      for (let n = 0; n < 20; n++) await db.pool.query('update users set name = name')
      // Others in the same cluster may hold an older one, or let go of it, at any moment.
      const { rows } = await db.pool.query<{ age: number }>(
        `select max(age(backend_xmin)) as age from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()`,
      )
      expect(rows[0]?.age).toBeGreaterThanOrEqual(20)
      expect((await gauges(someone)).oldest_xmin_age).toBeGreaterThanOrEqual(rows[0]?.age ?? 20)
    } finally {
      await holder.query('rollback')
      holder.release()
    }
  })

  test('H54 names no person, no item, no address and no secret, whatever was asked for', async () => {
    const someone = await person()
    const { product, firstTask } = await makeBacklog(someone.api)
    const paths = ['/api/jobs/job_secretword', '/secretword', `/api/products?token=${someone.token}`]
    for (const path of paths) await callRaw(`${http.url}${path}`, { headers: bearer(someone.token) })
    const text = await read(someone)
    for (const word of [someone.token, someone.userId, product.id, product.name, firstTask.id, 'secretword', 's4m_'])
      expect(text).not.toContain(word)
    const labels = new Set([...text.matchAll(/surface="([^"]*)"/g)].map(([, surface]) => surface))
    expect([...labels].sort()).toEqual(['api', 'other'])
  })
})

async function read({ token }: Person): Promise<string> {
  const { status, headers, body } = await callRaw(`${http.url}/metrics`, { headers: bearer(token) })
  expect({ status, type: headers['content-type'] }).toEqual({
    status: 200,
    type: expect.stringMatching(/^text\/plain/),
  })
  return body
}

/** Our own numbers, by name and labels. */
async function gauges(someone: Person): Promise<Record<string, number>> {
  const lines = (await read(someone)).matchAll(/^scrum4me_(\S+) (\d+)$/gm)
  return Object.fromEntries([...lines].map(([, name, value]) => [name, Number(value)]))
}
