import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import type { Host } from '../../src/host/flows/host.ts'
import { type HeldWork, Worker } from '../../src/host/flows/worker.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { first, makeWorker } from '../support/backlog.ts'
import { afterAnswer, askForWork, makeAgent, makeHost, makeWorkplace, takeWork } from '../support/host.ts'
import { until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person, openAnother } = await openTestServer()

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

test('H28 a job of an hour with a silent agent keeps its lease while the connection lives', async () => {
  const { api } = await person()
  const { worker, jobId, nextRenewal } = await startWork(api)
  for (let minute = 0; minute < 60; minute++) {
    await db.moveClock('1 minute')
    const renewed = nextRenewal()
    vi.advanceTimersByTime(60_000)
    await renewed
    expect(await reapStaleJobs(server)).not.toContain(jobId)
  }
  expect(await api.jobs.get({ job_id: jobId })).toMatchObject({ status: 'running', retry_count: 0 })
  worker.close()
  vi.advanceTimersByTime(3_600_000)
  await db.moveClock('6 minutes')
  expect(await reapStaleJobs(server)).toContain(jobId)
})

test('H28 a lease that its server grants for seconds only is renewed as often as that needs', async () => {
  const { token } = await person()
  const hasty = await openAnother({ settings: { leaseSeconds: 10 } })
  const { worker, jobId, nextRenewal } = await startWork(hasty.client(token))
  expect(worker.held?.order.heartbeat_interval_seconds).toBe(3)
  for (let n = 0; n < 10; n++) {
    await db.moveClock('3 seconds')
    const renewed = nextRenewal()
    vi.advanceTimersByTime(3_000)
    await renewed
  }
  expect(await reapStaleJobs(hasty)).not.toContain(jobId)
})

test('H28 a lease that lapsed while its host slept is renewed by the next try, unless the reaper was first', async () => {
  const { api } = await person()
  const { jobId, nextRenewal } = await startWork(api)
  await db.moveClock('20 minutes')
  const renewed = nextRenewal()
  vi.advanceTimersByTime(60_000)
  await renewed
  expect(await reapStaleJobs(server)).not.toContain(jobId)
  expect((await api.jobs.get({ job_id: jobId })).status).toBe('running')
})

test('H3 a renewal that learns that the claim is over is the last one', async () => {
  const { api } = await person()
  const { jobId } = await startWork(api)
  expect(vi.getTimerCount()).toBe(2)
  await db.moveClock('6 minutes')
  expect(await reapStaleJobs(server)).toContain(jobId)
  vi.advanceTimersByTime(60_000)
  await vi.waitUntil(() => vi.getTimerCount() === 0)
})

test('H28 an agent over HTTP keeps its own lease: the timer that watches its activity does not, and it has half an hour from the attach on', async () => {
  const { api } = await person()
  const { machine, jobIds } = await makeWorkplace(api)
  const host = await makeHost(api, machine)
  await takeWork(host, new Worker(host, 'agent', { silent_seconds: 1_800 }))
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(60_000)
  await db.moveClock('29 minutes')
  expect(await reapStaleJobs(server)).not.toContain(first(jobIds))
  await db.moveClock('2 minutes')
  expect(await reapStaleJobs(server)).toContain(first(jobIds))
})

test('H9 H10 H28 a job that another process took over is not renewed any more by the one before, which leaves it alone', async () => {
  const { api } = await person()
  const { host, worker, jobId } = await startWork(api)
  const { order, hold } = heldBy(worker)
  const successor = await makeWorker(api, host.hostId)
  await api.jobs.takeOver({ ...hold, worker_id: successor.workerId })
  vi.advanceTimersByTime(60_000)
  await until(() => worker.held === null)
  expect(vi.getTimerCount()).toBe(0)
  expect(await isThere(order.worktree_path)).toBe(true)
  await db.moveClock('6 minutes')
  expect(await reapStaleJobs(server)).toContain(jobId)
})

test('H9 H10 an agent that waits for a job is not given the one that another process took over from it', async () => {
  const { api } = await person()
  const { host, worker } = await startWork(api)
  const { order, hold } = heldBy(worker)
  const successor = await makeWorker(api, host.hostId)
  await api.jobs.takeOver({ ...hold, worker_id: successor.workerId })
  expect(await askForWork(host, worker)).toBeNull()
  expect(await isThere(order.worktree_path)).toBe(true)
  expect(await api.jobs.renew({ ...hold, worker_id: successor.workerId })).toMatchObject({
    lease_until: expect.any(String),
  })
})

test('H27 a set-up that takes longer than its offer keeps it', async () => {
  const { api } = await person()
  const { machine, jobIds } = await makeWorkplace(api)
  let renewals = 0
  const counting = afterAnswer(api, 'renew', () => {
    renewals += 1
  })
  const host = await makeHost(counting, machine)
  const { run } = host.git
  const slow: Host = {
    ...host,
    git: {
      ...host.git,
      run: async (cwd, args, options) => {
        if (args.includes('add')) await threeMinutes(first(jobIds), () => renewals)
        return run(cwd, args, options)
      },
    },
  }
  const { order } = await takeWork(slow, makeAgent(slow))
  expect(order).toMatchObject({ job_id: first(jobIds), attempt: 1 })
  expect(renewals).toBeGreaterThanOrEqual(6)
})

function heldBy({ held }: Worker): HeldWork {
  if (!held) throw new Error('the worker holds nothing')
  return held
}

/** A checkout that takes three minutes, while an offer lasts one. */
async function threeMinutes(jobId: string, renewals: () => number): Promise<void> {
  for (let round = 1; round <= 6; round++) {
    await db.moveClock('30 seconds')
    vi.advanceTimersByTime(20_000)
    await vi.waitUntil(() => renewals() >= round)
    expect(await reapStaleJobs(server)).not.toContain(jobId)
  }
}

/** An agent that holds a job, and a promise of the next renewal of its lease. */
async function startWork(api: ApiClient) {
  const { machine, jobIds } = await makeWorkplace(api)
  let tell: () => void = () => undefined
  const host = await makeHost(
    afterAnswer(api, 'renew', () => tell()),
    machine,
  )
  const worker = makeAgent(host)
  await takeWork(host, worker)
  const nextRenewal = () =>
    new Promise<void>(resolve => {
      tell = resolve
    })
  return { host, worker, jobId: first(jobIds), nextRenewal }
}
