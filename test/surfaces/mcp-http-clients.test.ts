import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { execa } from 'execa'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { makeWorkplace } from '../support/host.ts'
import { callTool, ERAS } from '../support/mcp-client.ts'
import { connectOverHttp, openOverHttp, serveMcp } from '../support/mcp-http.ts'
import { until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const testServer = await openTestServer()
const { server, db, person } = testServer

afterEach(() => {
  vi.useRealTimers()
})

describe.each(ERAS)('a client process of %s that is killed with -9', era => {
  test('H8 H25 during a wait leaves nobody waiting, and every job as it is', async () => {
    const { url, token, api, firstTask } = await openOverHttp(testServer, era, { queued: false })
    const process = spawnWaiter(url, token, era)
    await untilWaiting(1)
    process.kill('SIGKILL')
    await process
    await untilWaiting(0)
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    expect(await api.jobs.get({ job_id })).toMatchObject({ status: 'queued', retry_count: 0, attempt: 0 })
  })

  test('H9 H25 after it got a job leaves the job its own: another process resumes it', async () => {
    const { url, token, client } = await openOverHttp(testServer, era)
    const process = spawnWaiter(url, token, era)
    const order = z.object({ job_id: z.string(), claim_token: z.string() }).parse(await firstLine(process))
    process.kill('SIGKILL')
    await process
    expect(await callTool(client, 'wait_for_job', { wait_seconds: 1 })).toMatchObject({ status: 'timeout' })
    expect(await callTool(client, 'wait_for_job', { resume: order })).toMatchObject({ ...order, attempt: 1 })
  })
})

describe('a session', () => {
  const era = '2025-11-25'

  test("H52 that does not exist and one of another token's are both not found", async () => {
    const { url, token, client } = await openOverHttp(testServer, era)
    const stranger = await person()
    const sessionId = String((client.transport as StreamableHTTPClientTransport).sessionId)
    const answers = [
      await ask(url, token, 'no-such-session'),
      await ask(url, stranger.token, sessionId),
      await ask(url, stranger.token, 'no-such-session'),
    ]
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404])
    const texts = await Promise.all(answers.map(answer => answer.text()))
    expect(new Set(texts).size).toBe(1)
    expect((await ask(url, token, sessionId)).status).toBe(200)
  })

  test('H3 that nobody uses ends, one that is in use does not, and none is left when its client says goodbye', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })
    const { url, token, client, mcp } = await openOverHttp(testServer, era)
    const other = await openSession(url, token)
    await until(() => mcp.sessionCount === 2)
    vi.advanceTimersByTime(3 * 3_600_000)
    await callTool(client, 'health')
    vi.advanceTimersByTime(2 * 3_600_000)
    await until(() => mcp.sessionCount === 1)
    expect((await ask(url, token, other)).status).toBe(404)
    expect(await callTool(client, 'health')).toMatchObject({ status: 'ok' })
    await (client.transport as StreamableHTTPClientTransport).terminateSession()
    await until(() => mcp.sessionCount === 0)
  })

  test('one more than a token may have ends the one that was idle for longest', async () => {
    const owner = await person()
    const { machine } = await makeWorkplace(owner.api, { queued: false })
    const { url, mcp } = await serveMcp(server, machine, { limits: { sessionsPerToken: 2 } })
    const [one, two] = [await openSession(url, owner.token), await openSession(url, owner.token)]
    expect((await ask(url, owner.token, one)).status).toBe(200)
    const three = await openSession(url, owner.token)
    const answers = await Promise.all([one, two, three].map(id => ask(url, owner.token, id)))
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 200])
    expect(mcp.sessionCount).toBe(2)
  })
})

test('H3 an agent that nobody has called for in hours is forgotten, and its claim token makes it known again', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })
  const { client, userId } = await openOverHttp(testServer, '2026-07-28')
  const { job_id, claim_token } = await callTool(client, 'wait_for_job', { wait_seconds: 1, worker: 'ann' })
  const hold = { job_id, claim_token }
  const workers = async () =>
    (await db.pool.query('select name from workers where user_id = $1 order by created_at', [userId])).rows.length
  vi.advanceTimersByTime(3 * 3_600_000)
  await callTool(client, 'job_heartbeat', hold)
  vi.advanceTimersByTime(3 * 3_600_000)
  await callTool(client, 'job_heartbeat', hold)
  expect(await workers()).toBe(1)
  vi.advanceTimersByTime(5 * 3_600_000)
  await callTool(client, 'health')
  await callTool(client, 'job_heartbeat', hold)
  expect(await workers()).toBe(2)
})

test('H59 the end of the server ends every wait and leaves the claims of agents alone', async () => {
  const { url, token, client, api, mcp } = await openOverHttp(testServer, '2026-07-28')
  const order = await callTool(client, 'wait_for_job', { wait_seconds: 1 })
  for (const era of ERAS) {
    const other = await connectOverHttp({ url }, token, era)
    other.callTool({ name: 'wait_for_job', arguments: {} }).catch(() => undefined)
  }
  await untilWaiting(2)
  await mcp.close()
  expect(server.dispatcher.waiting).toBe(0)
  expect(await api.jobs.get({ job_id: String(order.job_id) })).toMatchObject({ status: 'running', retry_count: 0 })
})

async function untilWaiting(count: number): Promise<void> {
  await until(() => server.dispatcher.waiting === count)
}

/** Begins a session and keeps no stream open. */
async function openSession(url: URL, token: string): Promise<string> {
  const clientInfo = { name: 'raw', version: '1' }
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }
  const response = await post(url, token, { id: 1, method: 'initialize', params })
  await response.text()
  return response.headers.get('mcp-session-id') ?? ''
}

function ask(url: URL, token: string, session: string): Promise<Response> {
  return post(url, token, { id: 2, method: 'ping' }, { 'mcp-session-id': session })
}

function post(url: URL, token: string, message: Record<string, unknown>, headers: Record<string, string> = {}) {
  return fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', ...message }),
  })
}

/** A client, as a process of its own, that waits for a job, prints it, and goes on living. */
function spawnWaiter(url: URL, token: string, era: string) {
  const script = `
    import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
    const [url, era] = process.argv.slice(1)
    const mode = era === '2026-07-28' ? { pin: era } : 'legacy'
    const client = new Client({ name: 'waiter', version: '1' }, { versionNegotiation: { mode } })
    const requestInit = { headers: { authorization: 'Bearer ' + process.env.TOKEN } }
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }))
    const { structuredContent } = await client.callTool({ name: 'wait_for_job', arguments: {} })
    console.log(JSON.stringify(structuredContent))
    setInterval(() => undefined, 1000)`
  const place = { cwd: import.meta.dirname, env: { TOKEN: token }, reject: false } as const
  const child = execa(process.execPath, ['--input-type=module', '--eval', script, url.href, era], place)
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

async function firstLine({ stdout }: ReturnType<typeof spawnWaiter>): Promise<unknown> {
  const [line] = await once(createInterface(stdout), 'line')
  return JSON.parse(String(line))
}
