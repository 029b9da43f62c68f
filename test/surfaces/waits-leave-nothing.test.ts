import { getEventListeners } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { remoteApi } from '../../src/host/remote/remote-api.ts'
import { askForWork, makeAgent, makeHost, makeWorkplace } from '../support/host.ts'
import { serveHttp } from '../support/http.ts'
import { callTool, connectAgent } from '../support/mcp-client.ts'
import { until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, person } = await openTestServer()
const http = await serveHttp(server)

afterEach(() => {
  vi.restoreAllMocks()
})

test('H3 a wait that ends with a job, by a cancel, or with the job that is held already leaves no timer behind', async () => {
  const { api } = await person()
  const { machine, firstTask } = await makeWorkplace(api, { queued: false })
  const { client } = await connectAgent(await makeHost(api, machine), '2025-11-25')
  await callTool(client, 'health')
  const standing = watchLongTimers()
  const gone = new AbortController()
  const ask = { name: 'wait_for_job', arguments: { wait_seconds: 600 } }
  const cancelled = client.callTool(ask, { signal: gone.signal, timeout: 1_000 }).catch(() => undefined)
  await until(() => server.dispatcher.waiting === 1)
  gone.abort()
  await cancelled
  await until(() => server.dispatcher.waiting === 0)
  const waiting = client.callTool(ask, { timeout: 19_000 })
  await until(() => server.dispatcher.waiting === 1)
  expect(standing()).toBeGreaterThan(0)
  const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
  expect((await waiting).structuredContent).toMatchObject({ job_id })
  expect((await client.callTool(ask, { timeout: 19_000 })).structuredContent).toMatchObject({ job_id })
  await until(() => standing() === 0)
})

test.each([
  ['in this process', false],
  ['over HTTP', true],
])(
  'H3 waits on a server %s, one after another, leave no listener on their signal and no further socket',
  async (_, isRemote) => {
    const { api, token } = await person()
    const { machine } = await makeWorkplace(api, { stories: 2 })
    const far = remoteApi({ url: http.url, token, version: '0.1.0-test', retries: 0 })
    const host = await makeHost(isRemote ? far : api, machine)
    const { signal } = new AbortController()
    const workers = [makeAgent(host), makeAgent(host), makeAgent(host)]
    const wait = async () => {
      for (const worker of workers) await askForWork(host, worker, signal)
    }
    await wait()
    const sockets = openSockets()
    for (let n = 0; n < 5; n++) await wait()
    expect(workers.map(({ held, setUp }) => [held !== null, setUp])).toEqual([
      [true, null],
      [true, null],
      [false, null],
    ])
    // A request of fetch listens until it is collected.
    if (!isRemote) expect(getEventListeners(signal, 'abort')).toEqual([])
    expect(openSockets()).toBeLessThanOrEqual(sockets)
  },
)

function openSockets(): number {
  return process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap').length
}

/** How many timers were set from now on for longer than the machinery needs, and stand: none of them can have run out. */
function watchLongTimers(): () => number {
  const set = vi.spyOn(globalThis, 'setTimeout')
  const cleared = vi.spyOn(globalThis, 'clearTimeout')
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(ms => {
    throw new Error(`a signal of ${ms} ms that nothing clears`)
  })
  return () => {
    const gone = new Set<unknown>(cleared.mock.calls.map(([timer]) => timer))
    return set.mock.results.filter(({ value }, n) => (set.mock.calls[n]?.[1] ?? 0) > 20_000 && !gone.has(value)).length
  }
}
