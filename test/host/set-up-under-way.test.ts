import { afterEach, describe, expect, test, vi } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { COMES_BACK_WITHIN_MS, LONGEST_SET_UP_MS } from '../../src/host/flows/set-up.ts'
import { Worker } from '../../src/host/flows/worker.ts'
import { first } from '../support/backlog.ts'
import { askForWork, expectNothingPushed, makeAgent, worktreesOf } from '../support/host.ts'
import { until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'
import { makeSlowWorkplace } from '../support/slow-set-up.ts'

const { server, db, person } = await openTestServer()
const signal = new AbortController().signal

/** Time passes as usual, so that the server's own timers go on, and can be moved. */
const MOVABLE: Parameters<typeof vi.useFakeTimers>[0] = {
  toFake: ['setTimeout', 'clearTimeout'],
  shouldAdvanceTime: true,
}

afterEach(async () => {
  await server.announcer.flush()
  vi.useRealTimers()
})

describe('a set-up that takes longer than its client bears', () => {
  test('H8 H23 goes on, and the next wait gets its job: it was set up once, and nothing is charged', async () => {
    const { api } = await person()
    const slow = await beginSlowly(api)
    const { host, worker, jobIds } = slow
    const again = askForWork(host, worker)
    await slow.finish()
    expect(await again).toMatchObject({ job_id: first(jobIds), attempt: 1 })
    expect(worker.setUp).toBeNull()
    expect(await slow.countRuns()).toBe(1)
    expect(await jobOf(slow)).toMatchObject({ status: 'running', setup_failures: 0, retry_count: 0 })
  })

  test('H8 H23 ends before its agent has come back, which then gets the job at once', async () => {
    const { api } = await person()
    const slow = await beginSlowly(api)
    await slow.finish()
    await until(async () => (await jobOf(slow)).status === 'running')
    expect(slow.worker.held).toBeNull()
    expect(await askForWork(slow.host, slow.worker)).toMatchObject({ job_id: first(slow.jobIds), attempt: 1 })
  })

  test('H21 H23 fails, and the agent is told why when it comes back', async () => {
    const { api } = await person()
    const slow = await beginSlowly(api, ['exit 7'])
    await slow.finish()
    await until(async () => (await jobOf(slow)).status === 'queued')
    expect(await jobOf(slow)).toMatchObject({ setup_failures: 1, not_before: expect.any(String) })
    await expect(askForWork(slow.host, slow.worker)).rejects.toMatchObject({ code: 'SETUP_FAILED' })
    expect(await askForWork(slow.host, slow.worker)).toBeNull()
  })

  test('H8 is given back at once, uncharged, when the client of the next wait goes away', async () => {
    const { api } = await person()
    const slow = await beginSlowly(api)
    const gone = new AbortController()
    const again = askForWork(slow.host, slow.worker, gone.signal)
    gone.abort()
    await expect(again).rejects.toMatchObject({ code: 'ABORTED' })
    await expectGivenBack(slow)
  })

  test.each([
    ['at work', false],
    ['ready', true],
  ])('H8 and is %s, for an agent over HTTP that does not come back, is given back, uncharged', async (_, isReady) => {
    const { api } = await person()
    const slow = await beginSlowly(api, [], host => new Worker(host, 'agent', { silent_seconds: 1_800 }))
    if (isReady) {
      await slow.finish()
      await until(async () => (await jobOf(slow)).status === 'running')
    }
    vi.advanceTimersByTime(COMES_BACK_WITHIN_MS)
    await expectGivenBack(slow)
    expect(slow.worker.held).toBeNull()
  })

  test('H8 of a connection that closes is given back at once, uncharged', async () => {
    const { api } = await person()
    const slow = await beginSlowly(api)
    slow.worker.close()
    await expectGivenBack(slow)
  })
})

test('H27 a set-up that has not ended within a quarter of an hour is stopped and cleaned up, and attaches nothing', async () => {
  const { api } = await person()
  const slow = await makeSlowWorkplace(api)
  vi.useFakeTimers(MOVABLE)
  const asked = askForWork(slow.host, slow.worker)
  const failed = expect(asked).rejects.toMatchObject({
    code: 'SETUP_FAILED',
    message: expect.stringContaining('quarter'),
  })
  await slow.untilBegun()
  vi.advanceTimersByTime(LONGEST_SET_UP_MS)
  await failed
  expect(await jobOf(slow)).toMatchObject({ status: 'queued', setup_failures: 1, retry_count: 0 })
  expect((await db.pool.query('select 1 from job_attempts where job_id = $1', [first(slow.jobIds)])).rowCount).toBe(0)
  expect(await worktreesOf(slow.machine)).toEqual([])
})

test('H21 a set-up whose job is cancelled meanwhile is stopped by the next renewal, and the wait goes on', async () => {
  const { api } = await person()
  const slow = await makeSlowWorkplace(api)
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const asked = askForWork(slow.host, slow.worker)
  await slow.untilBegun()
  await api.jobs.cancel({ job_id: first(slow.jobIds) })
  vi.advanceTimersByTime(slow.host.limits.renewOfferMs)
  vi.useRealTimers()
  expect(await asked).toBeNull()
  expect(await worktreesOf(slow.machine)).toEqual([])
})

test('H8 H24 a claim whose client goes away in the midst of set-up is queued before its cleanup commands have ended', async () => {
  const { api } = await person()
  const slow = await makeSlowWorkplace(api)
  const { host, worker } = slow
  const gone = new AbortController()
  const asked = askForWork(host, worker, gone.signal)
  const failed = expect(asked).rejects.toMatchObject({ code: 'ABORTED' })
  await slow.untilBegun()
  let statusAtCleanUp = ''
  const { run } = host.git
  host.git.run = async (cwd, args, options) => {
    if (gone.signal.aborted && statusAtCleanUp === '') {
      await until(async () => (await jobOf(slow)).status === 'queued')
      statusAtCleanUp = (await jobOf(slow)).status
    }
    return run(cwd, args, options)
  }
  gone.abort()
  await failed
  expect(statusAtCleanUp).toBe('queued')
  await expectGivenBack(slow)
})

/** A wait that has ended in time, while its set-up command stands still. */
async function beginSlowly(
  api: ApiClient,
  more: string[] = [],
  make: (host: Parameters<typeof makeAgent>[0]) => Worker = makeAgent,
) {
  const slow = await makeSlowWorkplace(api, { more })
  const worker = make(slow.host)
  vi.useFakeTimers(MOVABLE)
  const asked = askForWork(slow.host, worker, signal, { answerBy: Date.now() })
  await slow.untilBegun()
  expect(await asked).toBeNull()
  expect(worker.setUp).toMatchObject({ jobId: first(slow.jobIds) })
  return { ...slow, worker }
}
type Slow = Awaited<ReturnType<typeof makeSlowWorkplace>>

async function jobOf({ api, jobIds }: Slow) {
  return api.jobs.get({ job_id: first(jobIds) })
}

/** It is claimable again, nothing is charged, and, once the clean-up has ended, nothing is left on disk. */
async function expectGivenBack(slow: Slow): Promise<void> {
  await until(async () => (await jobOf(slow)).status === 'queued')
  expect(await jobOf(slow)).toMatchObject({ setup_failures: 0, retry_count: 0, not_before: null, worker_id: null })
  await until(async () => (await worktreesOf(slow.machine)).length === 0)
  await expectNothingPushed(slow.remote)
}
