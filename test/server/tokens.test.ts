import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { makeBacklog, makeWorker } from '../support/backlog.ts'
import { holdJob } from '../support/held-jobs.ts'
import { inputOf, makeThings, outcomeOf, PROCEDURE_NAMES, rowOf } from '../support/procedures.ts'
import { dumpRows, failureOf, until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const written: string[] = []
const log = pino({ level: 'trace' }, { write: line => written.push(line) })
const { server, db, person } = await openTestServer({ log })

describe('the secret of a token', () => {
  test('H54 is kept as a hash alone: no table holds it', async () => {
    const { api, token } = await person()
    const made = await api.tokens.create({ name: 'agent' })
    const database = JSON.stringify(await dumpRows(db.pool))
    expect(database).toContain(made.id)
    expect(database).not.toContain(token)
    expect(database).not.toContain(made.token)
  })

  test('H54 is shown once: nothing that its owner reads later holds it', async () => {
    const { api } = await person()
    const things = await makeThings(api)
    const made = await api.tokens.create({ name: 'agent' })
    const reading = PROCEDURE_NAMES.filter(name => rowOf(name).scope === 'read')
    const outcomes = await Promise.all(reading.map(name => outcomeOf(api, name, inputOf(name, things))))
    expect(JSON.stringify(outcomes)).not.toContain(made.token)
  })

  test('H54 is in no line of the log and in no error, whatever fails', async () => {
    const { api, token } = await person()
    const { token: agent } = await api.tokens.create({ name: 'agent' })
    const secrets = [token, agent, `${token}x`]
    const failures = []
    for (const secret of secrets) {
      failures.push(await outcomeOf(server.client(secret), 'jobs.get', { job_id: 'job_unknown' }))
      failures.push(await outcomeOf(server.client(secret), 'tokens.create', { name: '' }))
    }
    await db.pool.query('alter table api_tokens rename to away')
    for (const secret of secrets) failures.push(await outcomeOf(server.client(secret), 'products.list', {}))
    await db.pool.query('alter table away rename to api_tokens')
    expect(failures.map(({ code }) => code)).toContain('INTERNAL_ERROR')
    const told = written.join('') + JSON.stringify(failures)
    expect(told).toContain('a call failed')
    for (const secret of secrets) expect(told).not.toContain(secret)
  })

  test('H54 is in no event, nor is the token of a claim', async () => {
    const { api, token } = await person()
    const { hold } = await holdJob(api)
    const { events = [] } = await dumpRows(db.pool)
    expect(events.join()).toContain(hold.job_id)
    for (const secret of [token, hold.claim_token]) expect(events.join()).not.toContain(secret)
  })
})

test('a token ends with the one that made it at the latest', async () => {
  const { api } = await person()
  const brief = await api.tokens.create({ name: 'brief', scopes: ['read', 'person'], expires_in_days: 7 })
  const maker = server.client(brief.token)
  for (const expires_in_days of [undefined, 30])
    await maker.tokens.create({ name: 'later', scopes: ['read'], expires_in_days })
  await maker.tokens.create({ name: 'sooner', scopes: ['read'], expires_in_days: 1 })
  const ends = new Map((await api.tokens.list()).map(({ name, expires_at }) => [name, expires_at]))
  expect(ends.get('later')).toBe(ends.get('brief'))
  expect(Date.parse(ends.get('sooner') ?? '')).toBeLessThan(Date.parse(ends.get('brief') ?? ''))
})

describe('a token that is over', () => {
  test('H54 because it was revoked is refused at its next call, exactly as one that never was', async () => {
    const { api } = await person()
    const { id, token } = await api.tokens.create({ name: 'agent' })
    expect(await server.client(token).products.list()).toEqual([])
    await api.tokens.revoke({ token_id: id })
    const unknown = await failureOf(server.client('s4m_unknown').products.list())
    expect(unknown.code).toBe('PERMISSION_DENIED')
    expect(await failureOf(server.client(token).products.list())).toEqual(unknown)
  })

  test('because its time has come is refused alike', async () => {
    const { api } = await person()
    const { token } = await api.tokens.create({ name: 'guest', expires_in_days: 1 })
    await db.moveClock('23 hours')
    expect(await server.client(token).products.list()).toEqual([])
    await db.moveClock('1 hour')
    expect((await failureOf(server.client(token).products.list())).code).toBe('PERMISSION_DENIED')
  })

  test('H19 H54 takes no job for a wait that began before, and the job stays uncharged', async () => {
    const { api } = await person()
    const { firstTask } = await makeBacklog(api)
    const { id, token } = await api.tokens.create({ name: 'agent' })
    const agent = server.client(token)
    const { workerId } = await makeWorker(agent)
    const wait = failureOf(agent.jobs.claim({ worker_id: workerId, wait_ms: 60_000 }))
    await until(() => server.dispatcher.waiting === 1)
    await api.tokens.revoke({ token_id: id })
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    expect((await wait).code).toBe('PERMISSION_DENIED')
    expect(await api.jobs.get({ job_id })).toMatchObject({ status: 'queued', retry_count: 0, setup_failures: 0 })
  })
})

describe('a token that makes another', () => {
  test('gives it no scope that it lacks itself', async () => {
    const { api } = await person({ scopes: ['read', 'person'] })
    const { code } = await failureOf(api.tokens.create({ name: 'wider', scopes: ['read', 'work'] }))
    expect(code).toBe('PERMISSION_DENIED')
  })

  test('gives it no product that it does not reach itself, and all its own unless told otherwise', async () => {
    const { api } = await person()
    const [here, there] = [await makeBacklog(api), await makeBacklog(api)]
    const scopes = ['read', 'person'] as const
    const limited = await api.tokens.create({ name: 'here', scopes: [...scopes], product_ids: [here.product.id] })
    const { tokens } = server.client(limited.token)
    const wider = tokens.create({ name: 'there', scopes: [...scopes], product_ids: [there.product.id] })
    expect((await failureOf(wider)).code).toBe('NOT_FOUND')
    const same = await tokens.create({ name: 'same', scopes: [...scopes] })
    const seen = await server.client(same.token).products.list()
    expect(seen.map(product => product.id)).toEqual([here.product.id])
  })
})
