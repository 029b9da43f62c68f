import { afterEach, describe, expect, test, vi } from 'vitest'
import { clientPatience } from '../../src/host/mcp/client-patience.ts'
import { makeBacklog } from '../support/backlog.ts'
import { afterAnswer, makeHost } from '../support/host.ts'
import { callTool, connectAgent, ERAS } from '../support/mcp-client.ts'
import { makeMachine } from '../support/repositories.ts'
import { until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, person } = await openTestServer()

afterEach(() => {
  vi.useRealTimers()
})

describe.each(ERAS)('for a client of %s', era => {
  test.each([0, 'some-token'])('a wait sends progress every ten seconds when the token is %j', async progressToken => {
    const { api } = await person()
    const agent = await connectAgent(await makeHost(api, await makeMachine()), era)
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const gone = new AbortController()
    const params = { name: 'wait_for_job', arguments: {}, _meta: { progressToken } }
    const waiting = agent.client.callTool(params, { signal: gone.signal }).catch(() => undefined)
    await untilWaiting(1)
    await vi.advanceTimersByTimeAsync(29_999)
    const progress = agent.received.filter(message => 'method' in message && message.method.endsWith('progress'))
    expect(progress).toMatchObject([
      { params: { progressToken, progress: 1, message: expect.any(String) } },
      { params: { progressToken, progress: 2 } },
    ])
    gone.abort()
    await waiting
    await untilWaiting(0)
    await until(() => vi.getTimerCount() === 0)
  })

  test('H8 a cancelled wait ends, and a job that comes afterwards stays claimable', async () => {
    const { api } = await person()
    const { firstTask } = await makeBacklog(api)
    const agent = await connectAgent(await makeHost(api, await makeMachine()), era)
    const gone = new AbortController()
    const waiting = agent.client.callTool({ name: 'wait_for_job', arguments: {} }, { signal: gone.signal })
    waiting.catch(() => undefined)
    await untilWaiting(1)
    gone.abort()
    await expect(waiting).rejects.toThrow()
    await untilWaiting(0)
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    expect(await api.jobs.get({ job_id })).toMatchObject({ status: 'queued', attempt: 0 })
    expect((await api.jobs.checkQueue({})).empty).toBe(false)
  })

  test('H8 an agent whose connection ends in the midst of a wait waits no more', async () => {
    const { api } = await person()
    const agent = await connectAgent(await makeHost(api, await makeMachine()), era)
    agent.client.callTool({ name: 'wait_for_job', arguments: {} }).catch(() => undefined)
    await untilWaiting(1)
    await agent.close()
    expect(server.dispatcher.waiting).toBe(0)
  })

  test.each([
    ['claude-code', 110],
    ['codex-mcp-client', 270],
    ['a client that nobody knows', 50],
  ])('%s without a progress token waits %i seconds at the longest', async (name, seconds) => {
    const { api } = await person()
    let answered = 0
    const counting = afterAnswer(api, 'claim', () => {
      answered += 1
    })
    const { client } = await connectAgent(await makeHost(counting, await makeMachine()), era, name)
    const step = seconds - 1
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    let answer: unknown = null
    const waiting = callTool(client, 'wait_for_job', { wait_seconds: 600 }).then(result => {
      answer = result
    })
    await passTime(step, () => answered)
    expect(answer).toBeNull()
    vi.advanceTimersByTime(1000)
    await waiting
    expect(answer).toMatchObject({ status: 'timeout' })
  })
})

test('a client may call itself anything', async () => {
  const { api } = await person()
  const { client } = await connectAgent(await makeHost(api, await makeMachine()), '2025-11-25', 'x'.repeat(1_000))
  expect(await callTool(client, 'wait_for_job', { wait_seconds: 1 })).toMatchObject({ status: 'timeout' })
})

test.each([
  ['claude-code', false, null, 110],
  ['claude-code', true, null, 110],
  ['Codex', true, null, 270],
  ['cursor-vscode', false, null, 50],
  ['cursor-vscode', true, null, 600],
  [undefined, false, null, 50],
  [undefined, true, null, 600],
  ['claude-code', true, 300, 300],
  [undefined, false, 5, 5],
] as const)('a call of %s (progress: %s, configured: %s) lasts %i seconds at the longest', (...row) => {
  const [name, wantsProgress, configured, seconds] = row
  expect(clientPatience({ name, wantsProgress }, configured)).toBe(seconds)
})

/** Resolves when as many waits are under way on the server. */
async function untilWaiting(count: number): Promise<void> {
  while (server.dispatcher.waiting !== count) await new Promise(setImmediate)
}

/** Lets seconds pass for a wait, which asks the server anew every fifty. */
async function passTime(seconds: number, answered: () => number): Promise<void> {
  for (let passed = 0; passed < seconds; ) {
    await untilWaiting(1)
    const step = Math.min(10, seconds - passed)
    vi.advanceTimersByTime(step * 1000)
    passed += step
    while (answered() < Math.floor(passed / 50)) await new Promise(setImmediate)
  }
  await untilWaiting(1)
}
