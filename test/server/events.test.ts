import { describe, expect, onTestFinished, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { adoptMovedEvents, forgetEvents, readPresent } from '../../src/server/store/events/read-events.ts'
import { first, makeBacklog } from '../support/backlog.ts'
import { serveHttp } from '../support/http.ts'
import { failureOf, until } from '../support/rows.ts'
import { openTestServer, type Person } from '../support/server.ts'

// A transaction of another test, in another database of the same cluster, can hold events back when the bell rings.
const { db, server, person } = await openTestServer({ settings: { eventPollSeconds: 1 } })
const http = await serveHttp(server)

describe('H56 the stream of events', () => {
  test('tells what happens from now on, once and in order', async () => {
    const { api } = await person()
    const { product, firstTask } = await makeBacklog(api)
    const next = await follow(api, { product_id: product.id })
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    await api.jobs.cancel({ job_id })
    expect([await next(), await next()]).toMatchObject([
      { type: 'claude_job_enqueued', job_id, task_id: firstTask.id, status: 'queued' },
      { type: 'claude_job_status', job_id, status: 'cancelled' },
    ])
  })

  test('skips nothing that commits late: what is newer waits for it', async () => {
    const owner = await person()
    const { product, firstTask } = await makeBacklog(owner.api)
    const next = await follow(owner.api, { product_id: product.id })
    const late = await db.pool.connect()
    await late.query('begin')
    await late.query('insert into events (type, user_id, product_id, status) values ($1, $2, $3, $4)', [
      'backlog',
      owner.userId,
      product.id,
      'late',
    ])
    const { job_id } = await owner.api.jobs.dispatch({ task_id: firstTask.id })
    const earlier = next()
    await late.query('commit')
    late.release()
    server.bell.ring()
    expect([await earlier, await next()]).toMatchObject([{ status: 'late' }, { job_id, status: 'queued' }])
  })

  test('goes on after the last event that a reader saw', async () => {
    const { api } = await person()
    const { product, firstTask } = await makeBacklog(api)
    const next = await follow(api, { product_id: product.id })
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    const { event_id } = await next()
    await api.jobs.cancel({ job_id })
    const again = await follow(api, { product_id: product.id, after: event_id })
    expect([await next(), await again()]).toMatchObject([{ status: 'cancelled' }, { status: 'cancelled' }])
    expect(await failureOf(follow(api, { after: 'yesterday' }).then(start => start()))).toMatchObject({
      code: 'VALIDATION_ERROR',
    })
  })

  test('is read over HTTP as server-sent events, and resumes at Last-Event-ID', async () => {
    const owner = await person()
    const { firstTask } = await makeBacklog(owner.api)
    const nextText = await followHttp(owner)
    const { job_id } = await owner.api.jobs.dispatch({ task_id: firstTask.id })
    const [, eventId] = /^id: (\S+)$/m.exec(await nextText('queued')) ?? []
    await owner.api.jobs.cancel({ job_id })
    const again = await followHttp(owner, { 'Last-Event-ID': eventId ?? '' })
    const text = await again('cancelled')
    expect(text).toContain(job_id)
    expect(text).not.toContain('"queued"')
  })

  test('H52 tells nobody of what is not theirs', async () => {
    const [owner, stranger] = [await person(), await person()]
    const { product, firstTask } = await makeBacklog(owner.api)
    const mine = await makeBacklog(stranger.api)
    expect((await failureOf(follow(stranger.api, { product_id: product.id }).then(next => next()))).code).toBe(
      'NOT_FOUND',
    )
    const next = await follow(stranger.api, {})
    await owner.api.jobs.dispatch({ task_id: firstTask.id })
    const { job_id } = await stranger.api.jobs.dispatch({ task_id: mine.firstTask.id })
    expect(await next()).toMatchObject({ job_id })
  })

  test('H54 ends with its token', async () => {
    const owner = await person()
    const { id, token } = await owner.api.tokens.create({ name: 'reader', scopes: ['read'] })
    const next = await follow(server.client(token), {})
    const answer = failureOf(next())
    await owner.api.tokens.revoke({ token_id: id })
    server.bell.ring()
    expect((await answer).code).toBe('PERMISSION_DENIED')
  })

  test('is readable after the database was moved to a younger cluster', async () => {
    const { api } = await person()
    const { product, firstTask } = await makeBacklog(api)
    await db.pool.query(`update events set xact_id = '9000000000000000' where product_id = $1`, [product.id])
    await adoptMovedEvents(db.pool)
    const next = await follow(api, { product_id: product.id })
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    expect(await next()).toMatchObject({ job_id })
  })

  test('is kept for as long as is said, and no longer', async () => {
    const { api } = await person()
    const { product } = await makeBacklog(api)
    const count = async () => (await db.pool.query('select 1 from events where product_id = $1', [product.id])).rowCount
    await forgetEvents(db.pool, 60)
    expect(await count()).toBeGreaterThan(0)
    await db.moveClock('2 minutes')
    await forgetEvents(db.pool, 60)
    expect(await count()).toBe(0)
  })
})

/** The stream's events one by one, from now on unless another place is named. */
async function follow(api: ApiClient, input: { product_id?: string; after?: string }) {
  const abort = new AbortController()
  onTestFinished(() => abort.abort())
  const stream = await api.events.follow({ after: await present(), ...input }, { signal: abort.signal })
  return async () => {
    const { value, done } = await stream.next()
    if (done) throw new Error('the stream has ended')
    return value
  }
}

/** The text of the stream up to a word, as it comes over HTTP. */
async function followHttp({ token }: Person, headers: Record<string, string> = {}) {
  const abort = new AbortController()
  onTestFinished(() => abort.abort())
  const url = new URL('/api/events', http.url)
  if (!headers['Last-Event-ID']) url.searchParams.set('after', await present())
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}`, ...headers }, signal: abort.signal })
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  return async (word: string) => {
    let text = ''
    while (!text.includes(word)) text += (await reader?.read())?.value ?? ''
    return text
  }
}

/** The place after all that these tests did so far: a transaction of another test can keep it back for a moment. */
async function present(): Promise<string> {
  const nothingIsOpen = `select pg_snapshot_xmin(now) = pg_snapshot_xmax(now) as so from pg_current_snapshot() as now`
  await until(async () => first<{ so: boolean }>((await db.pool.query(nothingIsOpen)).rows).so)
  const { xactId, id } = await readPresent(db.pool)
  return `${xactId}-${id}`
}
