import { describe, expect, test, vi } from 'vitest'
import { serveHttp } from '../../support/http.ts'
import { bearer, callRaw, failureIn, type RawAnswer } from '../../support/raw-http.ts'
import { openTestServer, type Person } from '../../support/server.ts'

const { db, server, person } = await openTestServer()

/** Everything that asks for a token; what stands behind the last one is another program's. */
const DOORS = ['/metrics', '/api/products', '/api/rpc/products/list', '/mounted']

/** A server of the test's own, so that no other test's bad tokens count. */
async function serve() {
  const mounts = { '/mounted': async (_: Request, token: string) => new Response(token) }
  const http = await serveHttp(server, { mounts })
  return (path: string, headers: Record<string, string> = {}, localAddress = '127.0.0.1') =>
    callRaw(`${http.url}${path}`, { headers, localAddress, method: path.startsWith('/api/rpc') ? 'POST' : 'GET' })
}

/** What a server answers to somebody whom it does not know. */
function expectUnknown(answer: RawAnswer, door: string): void {
  expect(failureIn(answer), door).toMatchObject({ status: 401, code: 'PERMISSION_DENIED' })
  expect(failureIn(answer).data.hint).toContain('scrum4me token create')
  expect(answer.headers['www-authenticate']).toMatch(/^Bearer /)
}

describe('H54 without a good token', () => {
  test.each([
    ['none', {}],
    ['an empty one', { authorization: 'Bearer ' }],
    ['an unknown one', { authorization: 'Bearer s4m_unknown' }],
    ['one of another kind', { authorization: 'Basic czRtOnM0bQ==' }],
    ['one with a NUL character in it', { authorization: 'Bearer s4m_%00' }],
  ])('(%s) nothing answers but that', async (_, headers) => {
    const call = await serve()
    for (const door of DOORS) expectUnknown(await call(door, headers), door)
  })

  test('nobody is told what is wrong with a call, but only who it is not', async () => {
    const { url } = await serveHttp(server)
    for (const path of ['/api/products', '/api/jobs/claim', '/api/rpc/products/create']) {
      const answer = await callRaw(`${url}${path}`, {
        method: 'POST',
        headers: bearer('s4m_unknown'),
        body: '{"name":1}',
      })
      expectUnknown(answer, path)
    }
  })

  test('in a query it is not looked for, because URLs are logged', async () => {
    const call = await serve()
    const { token } = await person()
    expectUnknown(await call(`/api/products?token=${token}&access_token=${token}`), 'query')
  })

  test('what needs none is there: whether the server lives, and the description of the api', async () => {
    const call = await serve()
    for (const path of ['/healthz', '/api/openapi.json']) expect((await call(path)).status).toBe(200)
  })
})

describe('H19 H54 a token ends', () => {
  test.each<[string, (someone: Person) => Promise<unknown>]>([
    ['when it is revoked', ({ api, caller }) => api.tokens.revoke({ token_id: caller.tokenId })],
    ['when its time is up', ({ caller }) => expire(caller.tokenId)],
  ])('at once %s, at every door', async (_, end) => {
    const call = await serve()
    const someone = await person()
    for (const door of DOORS) expect((await call(door, bearer(someone.token))).status, door).toBe(200)
    await end(someone)
    for (const door of DOORS) {
      const answer = await call(door, bearer(someone.token))
      expectUnknown(answer, door)
      expect(answer.body).not.toContain(someone.token)
    }
  })

  test('with the product that it was made for, as far as that reaches', async () => {
    const owner = await person()
    const [mine, other] = await Promise.all(['Mine', 'Other'].map(name => owner.api.products.create({ name })))
    const narrow = await owner.api.tokens.create({ name: 'narrow', product_ids: [mine?.id ?? ''] })
    const call = await serve()
    const answer = await call('/api/products', bearer(narrow.token))
    expect(answer.body).toContain(mine?.id)
    expect(answer.body).not.toContain(other?.id)
  })
})

test('a good token that may not do this is told so with 403, and which scope it lacks', async () => {
  const { token } = await person({ scopes: ['work'] })
  const call = await serve()
  for (const door of ['/api/products', '/api/rpc/products/list']) {
    const failure = failureIn(await call(door, bearer(token)))
    expect(failure).toMatchObject({ status: 403, code: 'PERMISSION_DENIED' })
    expect(failure.message).toContain('"read"')
  }
})

describe('twenty bad tokens within a minute', () => {
  const BAD = { authorization: 'Bearer s4m_bad' }

  test('make the next wait, whatever address it claims to forward, and nobody else', async () => {
    const call = await serve()
    const { token } = await person()
    for (let n = 0; n < 20; n++) expectUnknown(await call('/api/products', BAD), `call ${n}`)
    for (const forwarded of ['203.0.113.7', '203.0.113.8']) {
      const answer = await call('/metrics', { ...BAD, 'x-forwarded-for': forwarded, forwarded: `for=${forwarded}` })
      expect(failureIn(answer)).toMatchObject({ status: 429, code: 'PERMISSION_DENIED' })
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
      expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60)
    }
    expect((await call('/api/rpc/products/list', BAD)).status).toBe(429)
    expectUnknown(await call('/api/products', BAD, '127.0.0.2'), 'another address')
    expect((await call('/api/products', bearer(token))).status).toBe(200)
    expect((await call('/healthz', BAD)).status).toBe(200)
  })

  test('are forgotten after it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    try {
      const call = await serve()
      for (let n = 0; n < 20; n++) await call('/api/products', BAD)
      expect((await call('/api/products', BAD)).status).toBe(429)
      vi.advanceTimersByTime(61_000)
      expectUnknown(await call('/api/products', BAD), 'a minute later')
    } finally {
      vi.useRealTimers()
    }
  })
})

async function expire(tokenId: string): Promise<void> {
  await db.pool.query(`update api_tokens set expires_at = scrum4me_now() + interval '1 day' where id = $1`, [tokenId])
  await db.moveClock('25 hours')
}
