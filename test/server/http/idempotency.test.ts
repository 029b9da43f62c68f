import { describe, expect, test } from 'vitest'
import { forgetKeys } from '../../../src/server/store/idempotency/keys.ts'
import { makeBacklog } from '../../support/backlog.ts'
import { serveHttp } from '../../support/http.ts'
import { holdLock, untilBlocked } from '../../support/locks.ts'
import { bearer, callRaw } from '../../support/raw-http.ts'
import { openTestServer, type Person } from '../../support/server.ts'

const { db, server, person } = await openTestServer()
const http = await serveHttp(server)
const someone = await person()
const { api } = someone
const DAY_SECONDS = 24 * 60 * 60

let keys = 0
/** A key that no test has used. */
function newKey(): string {
  keys += 1
  return `key-${keys}`
}

async function post(path: string, key: string, body: unknown, { token }: Person = someone) {
  const headers = { ...bearer(token), 'idempotency-key': key }
  const answer = await callRaw(`${http.url}/api${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: answer.status, body: JSON.parse(answer.body) }
}

/** The products of a person that have a name. */
async function named(name: string, { api: theirs }: Person = someone) {
  return (await theirs.products.list()).filter(product => product.name === name)
}

describe('H9 a call with a key that was made already', () => {
  test('gets the same answer again and makes nothing more, on any server', async () => {
    const { product, firstTask } = await makeBacklog(api)
    const calls: [string, unknown][] = [
      ['/products', { name: 'Once' }],
      ['/pbis', { product_id: product.id, title: 'Once' }],
      ['/jobs', { task_id: firstTask.id }],
    ]
    for (const [path, body] of calls) {
      const key = newKey()
      const first = await post(path, key, body)
      expect(first.status).toBe(200)
      expect(await post(path, key, body), path).toEqual(first)
    }
    expect(await named('Once')).toHaveLength(1)
    expect(await countOf('pbis', 'title', 'Once')).toBe(1)
    expect(await countOf('claude_jobs', 'task_id', firstTask.id)).toBe(1)
  })

  test('does not matter what order the values come in, or which are left out for what is usual', async () => {
    const { product } = await makeBacklog(api)
    const key = newKey()
    const first = await post('/pbis', key, { product_id: product.id, title: 'In order' })
    expect(await post('/pbis', key, { priority: 2, title: ' In order ', product_id: product.id })).toEqual(first)
  })

  test('changes once when both come at the same time: the second gets the same, or a conflict', async () => {
    const key = newKey()
    const release = await holdLock(db.pool, 'lock table products in share mode')
    const calls = [1, 2, 3].map(() => post('/products', key, { name: 'Raced' }))
    await untilBlocked(db.pool, 3)
    await release()
    const answers = await Promise.all(calls)
    const [made] = await named('Raced')
    expect(await named('Raced')).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0)
    for (const { status, body } of answers)
      if (status === 200) expect(body).toEqual(made)
      else expect({ status, code: body.code }).toEqual({ status: 409, code: 'CONFLICT' })
    expect(await post('/products', key, { name: 'Raced' })).toEqual({ status: 200, body: made })
  })

  test('is a conflict when it says something else, or asks for something else', async () => {
    const key = newKey()
    expect((await post('/products', key, { name: 'This' })).status).toBe(200)
    for (const [path, body] of [
      ['/products', { name: 'That' }],
      ['/tokens', { name: 'This' }],
    ] as const) {
      const answer = await post(path, key, body)
      expect(answer).toMatchObject({ status: 409, body: { code: 'CONFLICT', data: { hint: 'Use a new key.' } } })
    }
    expect(await named('That')).toEqual([])
  })

  test('H52 is another call when another person makes it', async () => {
    const other = await person()
    const key = newKey()
    const mine = await post('/products', key, { name: 'Private' })
    const theirs = await post('/products', key, { name: 'Private' }, other)
    expect(theirs.status).toBe(200)
    expect(theirs.body.id).not.toBe(mine.body.id)
    expect([(await named('Private')).length, (await named('Private', other)).length]).toEqual([1, 1])
  })

  test('asks for the scope again: a token that may not make it does not get the answer', async () => {
    const key = newKey()
    await post('/products', key, { name: 'Mine alone' })
    const { token } = await api.tokens.create({ name: 'reader', scopes: ['read'] })
    expect(await post('/products', key, { name: 'Mine alone' }, { ...someone, token })).toMatchObject({ status: 403 })
  })
})

test('a call that failed has not used its key up', async () => {
  const key = newKey()
  const { pbi } = await makeBacklog(api)
  expect((await post('/stories', key, { pbi_id: 'pbi_1', title: 'Later' })).status).toBe(404)
  expect((await post('/stories', key, { pbi_id: pbi.id, title: '' })).status).toBe(400)
  expect((await post('/stories', key, { pbi_id: pbi.id, title: 'Later' })).status).toBe(200)
  expect(await countOf('stories', 'title', 'Later')).toBe(1)
})

test('a key of more than 200 characters is refused, and nothing is made', async () => {
  expect(await post('/products', 'k'.repeat(201), { name: 'Long' })).toMatchObject({
    status: 400,
    body: { code: 'VALIDATION_ERROR' },
  })
  expect(await named('Long')).toEqual([])
  expect((await post('/products', 'k'.repeat(200), { name: 'Long' })).status).toBe(200)
})

describe('H54 the secret of a token that is made with a key', () => {
  test('is stored nowhere', async () => {
    const { body } = await post('/tokens', newKey(), { name: 'ci' })
    expect(body.token).toMatch(/^s4m_/)
    expect(await storedKeys()).not.toContain(body.token)
  })

  test('is not stored beside another call that took the same key meanwhile', async () => {
    const key = newKey()
    const release = await holdLock(db.pool, 'lock table api_tokens in share mode')
    const making = post('/tokens', key, { name: 'ci' })
    await untilBlocked(db.pool, 1)
    const product = await post('/products', key, { name: 'Meanwhile' })
    await release()
    const { body } = await making
    expect(body.token).toMatch(/^s4m_/)
    expect(await storedKeys()).not.toContain(body.token)
    expect(await post('/products', key, { name: 'Meanwhile' })).toEqual(product)
  })
})

test('keys are forgotten after a day, and not before', async () => {
  const key = newKey()
  const make = () => post('/products', key, { name: 'Again' })
  const first = await make()
  await db.moveClock('23 hours')
  await forgetKeys(db.pool, DAY_SECONDS)
  expect(await make()).toEqual(first)
  await db.moveClock('2 hours')
  await forgetKeys(db.pool, DAY_SECONDS)
  expect((await make()).body.id).not.toBe(first.body.id)
})

async function countOf(table: string, column: string, value: string): Promise<number> {
  const { rows } = await db.pool.query(`select count(*)::int as count from ${table} where ${column} = $1`, [value])
  return rows[0].count
}

/** All that is kept of keys and answers. */
async function storedKeys(): Promise<string> {
  const { rows } = await db.pool.query('select idempotency_keys::text as line from idempotency_keys')
  return rows.map(row => row.line).join('\n')
}
