import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { TOOLS } from '../../src/host/mcp/tools/index.ts'
import { contractProcedures } from '../support/contract-procedures.ts'
import { makeHost } from '../support/host.ts'
import { inputsAround, type KnownValues } from '../support/hostile-inputs.ts'
import { serveHttp } from '../support/http.ts'
import { connectAgent } from '../support/mcp-client.ts'
import { makeThings } from '../support/procedures.ts'
import { bearer, failureIn } from '../support/raw-http.ts'
import { makeMachine } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { db, server, person } = await openTestServer()
const http = await serveHttp(server)
const [owner, stranger] = await Promise.all([person(), person()])
const known = await knownValues()

const RUNS = { numRuns: 20, seed: 20_261_123 }
/** What no error may hold: SQL, a stack, a path of ours, an address of the database, a token. */
const SECRETS = new RegExp(
  [
    '\\b(select|insert into|update|delete from) \\w+ ',
    '\\n +at ',
    'node_modules',
    process.cwd(),
    'postgresql:',
    's4m_',
  ].join('|'),
)

describe.each(contractProcedures())('$name', ({ name, method, path, input }) => {
  const doors = {
    REST: (value: unknown) => callRest(method, path, value),
    RPC: (value: unknown) => call('POST', `/api/rpc/${name.replace('.', '/')}`, JSON.stringify({ json: value })),
  }

  test.each(Object.entries(doors))(
    'H39 H52 answers anything over %s with what it is or a stable code',
    async (_, ask) => {
      await fc.assert(
        fc.asyncProperty(inputsAround(input ?? z.object({}), known), async value => {
          await expectCivil(await ask(value))
        }),
        RUNS,
      )
    },
  )
})

test('H39 bodies that are no call at all are refused alike', async () => {
  const bodies = ['', 'null', '[]', '"x"', '{', '{"json":', '\u0000', '{"meta":[[1,"x"]]}', `${'['.repeat(50_000)}`]
  const meta = [
    [[1, 'name']],
    [[5, '__proto__', 'polluted']],
    [[99]],
    [['x']],
    'x',
    [[7, 'name', 'deep']],
    { length: 1e9 },
  ]
  const enveloped = meta.map(each => JSON.stringify({ json: { name: 'x' }, meta: each, maps: [['name']] }))
  for (const path of ['/api/products', '/api/rpc/products/create', '/api/rpc/jobs/claim', '/api/rpc/system/health'])
    for (const body of [...bodies, ...enveloped]) await expectCivil(await call('POST', path, body))
  expect(Reflect.get({}, 'polluted')).toBeUndefined()
})

test('H39 content that is no JSON is refused or read, and does no harm', async () => {
  const form = '--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nShop\r\n--x--\r\n'
  for (const type of [
    'multipart/form-data; boundary=x',
    'multipart/form-data',
    'application/x-www-form-urlencoded',
    'text/event-stream',
    'image/png',
    '',
  ])
    for (const path of ['/api/products', '/api/rpc/products/create', '/api/jobs/claim'])
      await expectCivil(await call('POST', path, form, type))
})

test.each(TOOLS.map(tool => [tool.name, tool] as const))(
  'H39 the tool %s answers anything with a stable code',
  async (name, tool) => {
    const limits = { maxWaitSeconds: 1 }
    const { client } = await connectAgent(await makeHost(owner.api, await makeMachine(), { limits }), '2025-11-25')
    const inputs = inputsAround(tool.input, { ...known, wait_seconds: [1] }).filter(isRecord)
    await fc.assert(
      fc.asyncProperty(inputs, async value => {
        const result = await client.callTool({ name, arguments: value }, { timeout: 20_000 })
        const text = JSON.stringify(result.content)
        expect(text).not.toMatch(SECRETS)
        if (result.isError) expect(text).toMatch(/"text":"(?!INTERNAL_ERROR)[A-Z_]+: /)
      }),
      name === 'wait_for_job' ? { ...RUNS, numRuns: 6 } : RUNS,
    )
  },
)

test('H54 after all that every row is still of its owner, and the token still good', async () => {
  expect((await call('GET', '/api/health')).status).toBe(200)
  const { rows } = await db.pool.query('select count(*)::int as count from users')
  expect(rows).toEqual([{ count: 2 }])
})

/** Ids of things of the caller, and of a stranger; waits that end at once. */
async function knownValues(): Promise<KnownValues> {
  const [mine, theirs] = await Promise.all([makeThings(owner.api), makeThings(stranger.api)])
  const ids = Object.keys(mine).map(field => [field, [mine[field], mine[field], theirs[field]]])
  return { ...Object.fromEntries(ids), wait_ms: [0, 1, 2] }
}

interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

async function call(method: string, path: string, body?: string, type = 'application/json'): Promise<Answer> {
  const sent = body === undefined || method === 'GET' ? {} : { body }
  const done = new AbortController()
  const headers = { ...bearer(owner.token), 'content-type': type }
  const answer = await fetch(`${http.url}${path}`, { method, headers, signal: done.signal, ...sent })
  const { status } = answer
  const told = Object.fromEntries(answer.headers)
  const endless = told['content-type']?.startsWith('text/event-stream')
  const text = endless ? '' : await answer.text()
  if (endless) done.abort()
  return { status, headers: told, body: text }
}

/** Puts what an operation takes where it takes it: path, query or body. */
function callRest(method: string, path: string, value: unknown): Promise<Answer> {
  const rest = isRecord(value) ? { ...value } : {}
  const at = path.replace(/\{(\w+)\}/g, (_, part: string) => {
    const text = forUrl(rest[part])
    delete rest[part]
    return encodeURIComponent(text)
  })
  if (method !== 'GET') return call(method, `/api${at}`, JSON.stringify(isRecord(value) ? rest : value))
  const query = new URLSearchParams()
  for (const [name, given] of Object.entries(rest))
    for (const each of Array.isArray(given) ? given : [given])
      query.append(forUrl(Array.isArray(given) ? `${name}[]` : name), forUrl(each))
  return call(method, `/api${at}?${query}`)
}

/** Any value as a URL may carry it, which is not too long and in UTF-8. */
function forUrl(value: unknown): string {
  return Buffer.from(String(value ?? '').slice(0, 2_000)).toString()
}

async function expectCivil(answer: Answer): Promise<void> {
  if (answer.status < 400) return
  expect(answer.body).not.toMatch(SECRETS)
  expect(failureIn(answer).code).not.toBe('INTERNAL_ERROR')
  expect(answer.status).toBeLessThan(500)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
