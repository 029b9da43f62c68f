import type { Client } from '@modelcontextprotocol/client'
import { afterEach, expect, test, vi } from 'vitest'
import { withBranchLock } from '../../src/host/flows/branch-lock.ts'
import type { Host } from '../../src/host/flows/host.ts'
import { first } from '../support/backlog.ts'
import { afterAnswer, askForWork, makeAgent, worktreesOf } from '../support/host.ts'
import { connectAgent } from '../support/mcp-client.ts'
import { connectOverHttp, serveMcp } from '../support/mcp-http.ts'
import { refsBelow } from '../support/repositories.ts'
import { until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'
import { makeSlowWorkplace } from '../support/slow-set-up.ts'

const { server, person } = await openTestServer()

afterEach(async () => {
  await server.announcer.flush()
  vi.useRealTimers()
})

type Slow = Awaited<ReturnType<typeof makeSlowWorkplace>>
/** Says that a wait has come to its point, and keeps it there until its client is gone. */
type Halt = () => Promise<void>
type Point = 'its claim' | 'a wait for a lock' | 'the work of git' | 'a set-up command'

/** Prepares the point at which a wait stands still. */
const POINTS: Record<Point, (slow: Slow, host: Host, halt: Halt, gone: Promise<void>) => Promise<void>> = {
  'its claim': async (slow, host, halt) => {
    host.api = afterAnswer(slow.api, 'claim', halt)
  },
  'a wait for a lock': async ({ api, root, jobIds }, host, halt, gone) => {
    const { branch } = await api.jobs.get({ job_id: first(jobIds) })
    const locked = new Promise<void>(resolve => {
      const hold = () => {
        resolve()
        return gone
      }
      void withBranchLock(host, { root, branch: branch ?? '' }, hold)
    })
    await locked
    aroundLook(host, async look => {
      const answer = await look()
      void halt()
      return answer
    })
  },
  'the work of git': async (_slow, host, halt) =>
    aroundLook(host, async look => {
      await halt()
      return look()
    }),
  'a set-up command': async (slow, _host, halt) => void slow.untilBegun().then(halt),
}

/** The look at origin is the last that is done before a branch is locked. */
function aroundLook(
  host: Host,
  around: (look: () => ReturnType<Host['git']['run']>) => ReturnType<Host['git']['run']>,
) {
  const { git } = host
  host.git = {
    ...git,
    run: (cwd, args, options) => {
      const run = () => git.run(cwd, args, options)
      return args.includes('ls-remote') ? around(run) : run()
    },
  }
}

const DOORS = {
  'over stdio': async (host: Host) => (await connectAgent(host, '2025-11-25')).client,
  'over HTTP': async (host: Host, { machine }: Slow, token: string) =>
    connectOverHttp(await serveMcp(server, machine, { openHost: async () => host }), token, '2026-07-28'),
}

/** Less than a client with progress is trusted to bear, and than a set-up may last. */
const CLIENT_MS = 590_000
const WAYS: Record<string, (wait: AbortController, client: Client) => Promise<unknown> | unknown> = {
  cancels: wait => wait.abort(),
  'times out': () => vi.advanceTimersByTime(CLIENT_MS),
  disconnects: (_wait, client) => client.close(),
}

const CASES = (Object.keys(DOORS) as (keyof typeof DOORS)[]).flatMap(door =>
  Object.entries(WAYS).flatMap(([way, leave]) =>
    (Object.keys(POINTS) as Point[]).map(point => [door, way, point, leave] as const),
  ),
)

test.each(CASES)(
  'H8 a client %s that %s during %s leaves the job claimable, uncharged, and nothing on disk',
  async (door, _way, point, leave) => {
    const { api, token } = await person()
    const slow = await makeSlowWorkplace(api)
    const { machine, host, jobIds } = slow
    const usual = { ...host }
    let go: () => void = () => undefined
    const gone = new Promise<void>(resolve => {
      go = resolve
    })
    let arrive: () => void = () => undefined
    const reached = new Promise<void>(resolve => {
      arrive = resolve
    })
    const halt = () => {
      arrive()
      return gone
    }
    await POINTS[point](slow, host, halt, gone)
    const client = await DOORS[door](host, slow, token)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
    const wait = new AbortController()
    const limits = { signal: wait.signal, timeout: CLIENT_MS, onprogress: () => undefined }
    client.callTool({ name: 'wait_for_job', arguments: {} }, limits).catch(() => undefined)
    await reached
    await leave(wait, client)
    if (point !== 'its claim') await until(async () => (await jobOf(slow)).status === 'queued')
    go()
    await until(async () => (await jobOf(slow)).status === 'queued')
    expect(await jobOf(slow)).toMatchObject({ retry_count: 0, setup_failures: 0, not_before: null, worker_id: null })
    await until(async () => (await worktreesOf(machine)).length === 0)
    await until(async () => Object.keys(await refsBelow(slow.root, 'refs/heads/feat')).length === 0)
    Object.assign(host, usual)
    const again = askForWork(host, makeAgent(host))
    await slow.untilBegun()
    await slow.finish()
    expect(await again).toMatchObject({ job_id: first(jobIds), attempt: 2 })
  },
)

function jobOf({ api, jobIds }: Slow) {
  return api.jobs.get({ job_id: first(jobIds) })
}
