import { describe, expect, test } from 'vitest'
import { serveHttp } from '../../support/http.ts'
import { bearer, callRaw, failureIn } from '../../support/raw-http.ts'
import { openTestServer } from '../../support/server.ts'

const { server, person } = await openTestServer()
const mounts = { '/mounted': async () => new Response('behind the guards') }
const http = await serveHttp(server, { names: ['Board.example.com'], mounts })
const { token, api } = await person()
const { port } = new URL(http.url)

/** Everything that is served, with a token where one is wanted. */
const DOORS = ['/healthz', '/metrics', '/api/openapi.json', '/api/products', '/api/rpc/products/list', '/mounted']

function call(path: string, headers: Record<string, string> = {}, method = 'GET', body?: string) {
  return callRaw(`${http.url}${path}`, { method, headers: { ...bearer(token), ...headers }, ...(body && { body }) })
}

describe.each(DOORS)('%s', door => {
  const method = door.startsWith('/api/rpc') ? 'POST' : 'GET'

  test.each([
    'evil.example.com',
    'evil.example.com:4400',
    'localhost.evil.example.com',
    '127.0.0.1.evil.example.com',
    'localhost@evil.example.com',
    'board.example.com.evil.example.com',
  ])('H55 is not there for a page that calls this machine %s', async host => {
    expect((await call(door, { host }, method)).status).not.toBe(200)
  })

  test.each(['https://evil.example.com', `http://localhost:${port}`, 'http://127.0.0.1', 'null', 'file://', ''])(
    'H55 is not there for a page of %j',
    async origin => {
      const answer = await call(door, { origin }, method)
      expect(failureIn(answer)).toMatchObject({ status: 403, code: 'PERMISSION_DENIED' })
    },
  )

  test('is there under each of our names, and for a page of our own', async () => {
    const hosts = [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      'LocalHost',
      '[::1]:4400',
      '192.168.7.7',
      'board.example.com',
    ]
    for (const host of hosts) expect((await call(door, { host }, method)).status, host).toBe(200)
    expect((await call(door, { origin: http.url }, method)).status).toBe(200)
    const own = { host: 'board.example.com', origin: 'https://board.example.com' }
    expect((await call(door, own, method)).status).toBe(200)
  })

  test('has the headers that keep a browser from guessing, framing and leaking', async () => {
    expect((await call(door, {}, method)).headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect((await call(door, { origin: 'https://evil.example.com' }, method)).headers).not.toHaveProperty(
      'access-control-allow-origin',
    )
  })

  test('H55 allows no other site to send what a browser must ask for first, and does nothing at OPTIONS or HEAD', async () => {
    const asks = { origin: 'https://evil.example.com', 'access-control-request-method': 'POST' }
    for (const headers of [asks, {}]) {
      const answer = await call(door, headers, 'OPTIONS')
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
    }
    expect((await call(door, {}, 'HEAD')).body).toBe('')
  })
})

test('H55 a foreign name is told so, and what to do', async () => {
  const failure = failureIn(await call('/healthz', { host: 'evil.example.com' }))
  expect(failure).toMatchObject({ status: 421, code: 'CONFIG_INVALID' })
  expect(failure.message).toContain('evil.example.com')
  expect(failure.data.hint).toContain('SCRUM4ME_URL')
})

test('H55 a form of another page, which a browser sends without asking, changes nothing', async () => {
  const headers = { origin: 'https://evil.example.com', 'content-type': 'text/plain' }
  const answer = await call('/api/products', headers, 'POST', '{"name":"Evil"}')
  expect(answer.status).toBe(403)
  expect(await api.products.list()).toEqual([])
})

describe('a request id', () => {
  test('is the caller’s own, or made when it is missing or may not stand in a log', async () => {
    const own = await call('/healthz', { 'x-request-id': 'from-caller_1' })
    expect(own.headers['x-request-id']).toBe('from-caller_1')
    for (const id of ['short', 'x'.repeat(65), 'two words', '{"a":1}', 'a;b;c;d;e']) {
      const made = await call('/healthz', { 'x-request-id': id })
      expect(made.headers['x-request-id'], id).toMatch(/^[\w-]{36}$/)
    }
    expect((await call('/healthz')).headers['x-request-id']).toMatch(/^[\w-]{36}$/)
  })
})

describe('an error has its code, its sentence and its hint', () => {
  test.each([
    ['an unknown path', 'GET', '/nothing', undefined, 404, 'NOT_FOUND'],
    ['an unknown path of the api', 'GET', '/api/nothing', undefined, 404, 'NOT_FOUND'],
    ['an unknown procedure', 'POST', '/api/rpc/jobs/nothing', '{}', 404, 'NOT_FOUND'],
    ['a word of every object', 'POST', '/api/rpc/jobs/constructor', '{}', 404, 'NOT_FOUND'],
    ['a prototype', 'POST', '/api/rpc/__proto__/list', '{}', 404, 'NOT_FOUND'],
    ['a method that is not there', 'PATCH', '/api/products', '{}', 404, 'NOT_FOUND'],
    ['an unknown id', 'GET', '/api/jobs/job_1', undefined, 404, 'NOT_FOUND'],
    ['a value that is not allowed', 'POST', '/api/products', '{"name":""}', 400, 'VALIDATION_ERROR'],
    ['a wrong type', 'POST', '/api/products', '{"name":{}}', 400, 'VALIDATION_ERROR'],
    ['a body that is not JSON', 'POST', '/api/products', '{"name":', 400, 'VALIDATION_ERROR'],
    [
      'a body that is not JSON, on the other door',
      'POST',
      '/api/rpc/products/create',
      '{"json":',
      400,
      'VALIDATION_ERROR',
    ],
    ['a body that is no object', 'POST', '/api/products', '"x"', 400, 'VALIDATION_ERROR'],
    ['a query that is no number', 'GET', '/api/jobs?limit=many', undefined, 400, 'VALIDATION_ERROR'],
    ['a path that cannot be decoded', 'GET', '/api/jobs/%E0%A4%A', undefined, 404, 'NOT_FOUND'],
    ['a change by GET', 'GET', '/api/rpc/products/create?data={"json":{"name":"x"}}', undefined, 404, 'NOT_FOUND'],
  ])('for %s', async (_, method, path, body, status, code) => {
    const failure = failureIn(await call(path, {}, method, body))
    expect(failure).toMatchObject({ status, code })
    expect(failure.message).not.toMatch(/select |insert |Malformed request|node_modules|\/src\//)
  })

  test('for a body that says to be larger than allowed, and for one that is', async () => {
    const large = 17 * 1024 * 1024
    const said = await call('/api/products', { 'content-length': String(large) }, 'POST', 'x'.repeat(large))
    expect(failureIn(said)).toMatchObject({ status: 413, code: 'VALIDATION_ERROR' })
    const sent = await call('/api/products', { 'transfer-encoding': 'chunked' }, 'POST', 'x'.repeat(large))
    expect(failureIn(sent)).toMatchObject({ status: 413, code: 'VALIDATION_ERROR' })
  })

  test('and nothing was made by any of these', async () => {
    expect(await api.products.list()).toEqual([])
  })
})
