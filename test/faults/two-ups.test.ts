import { readFile } from 'node:fs/promises'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import type { ApiClient } from '../../src/contract/client.ts'
import { remoteApi } from '../../src/host/remote/remote-api.ts'
import { enqueueJobs, finishJobDone, makeWorker, takeJob } from '../support/backlog.ts'
import { takeOffer } from '../support/held-jobs.ts'
import { type Installation, makeInstallation } from '../support/installation.ts'
import { until } from '../support/rows.ts'
import { openTestServer, type Person } from '../support/server.ts'
import { startUp } from '../support/up.ts'

const { db, person } = await openTestServer()
const Config = z.object({ url: z.string(), token: z.string(), personToken: z.string() })

/** A machine whose `up` serves the test's database. */
function upMachine(): Promise<Installation> {
  return makeInstallation(null, { DATABASE_URL: db.url })
}

function apiAt(url: string, { token }: Pick<Person, 'token'>): ApiClient {
  return remoteApi({ url, token, version: '0.1.0', retries: 0 })
}

/** A worker that waits on the server of an api, and what becomes of its wait. */
async function waitOn(api: ApiClient) {
  const { workerId } = await makeWorker(api)
  const before = await lastSeen(workerId)
  const outcome = api.jobs.claim({ worker_id: workerId, wait_ms: 60_000 }).then(
    ({ offer }) => offer,
    (error: unknown) => error,
  )
  await until(async () => (await lastSeen(workerId)) !== before)
  return { outcome }
}

async function lastSeen(workerId: string): Promise<string> {
  const { rows } = await db.pool.query('select last_seen_at::text as at from workers where id = $1', [workerId])
  return rows[0].at
}

test('H60 two servers that start at once on a new database have one owner, and each one’s tokens are good on both', async () => {
  const machines = await Promise.all([upMachine(), upMachine()])
  const ups = await Promise.all(machines.map(startUp))
  const { rows } = await db.pool.query('select count(*)::int as owners from users')
  expect(rows).toEqual([{ owners: 1 }])
  for (const { configFile } of machines) {
    const { personToken } = Config.parse(JSON.parse(await readFile(configFile, 'utf8')))
    for (const { url } of ups) expect(await apiAt(url, { token: personToken }).products.list()).toEqual([])
  }
})

test('H60 one server is killed: its hosts get work and keep claims by the other, whose reaper settles what lapses, once', async () => {
  const owner = await person()
  const machines = await Promise.all([upMachine(), upMachine()])
  const [killed, other] = await Promise.all([startUp(machines[0]), startUp(machines[1])])
  const [near, far] = [apiAt(killed.url, owner), apiAt(other.url, owner)]
  const [first, second] = await enqueueJobs(near, 2)
  const atWork = await makeWorker(near)
  const { hold } = await takeJob(near, atWork.workerId)
  await takeJob(near, (await makeWorker(near)).workerId)
  const cut = await waitOn(near)
  const kept = await waitOn(far)
  killed.command.kill('SIGKILL')
  expect(await cut.outcome).toMatchObject({ code: 'SERVER_UNAVAILABLE' })
  const [third] = await enqueueJobs(far, 1)
  expect(await kept.outcome).toMatchObject({ job_id: third, attempt: 1 })

  await db.moveClock('4 minutes')
  await far.jobs.renew(hold)
  await db.moveClock('2 minutes')
  const isQueued = async (job_id = '') => (await far.jobs.get({ job_id })).status === 'queued'
  await vi.waitUntil(async () => (await isQueued(second)) && isQueued(third), { timeout: 15_000 })
  expect(await far.jobs.get({ job_id: second ?? '' })).toMatchObject({ retry_count: 1, attempt: 1 })
  expect(await far.jobs.get({ job_id: third ?? '' })).toMatchObject({ status: 'queued', setup_failures: 1 })
  expect(await finishJobDone(far, hold)).toMatchObject({ job_id: first, status: 'done', attempt: 1, retry_count: 0 })
})

test('H59 SIGTERM ends waits and leaves the claims of agents; the next start finds everything', async () => {
  const owner = await person()
  const machine = await upMachine()
  const ending = await startUp(machine)
  const api = apiAt(ending.url, owner)
  const [first, second] = await enqueueJobs(api, 2)
  const { hold } = await takeJob(api, (await makeWorker(api)).workerId)
  const offered = await takeOffer(api, (await makeWorker(api)).workerId)
  const waits = [await waitOn(api), await waitOn(api)]
  ending.command.kill('SIGTERM')
  expect(await Promise.all(waits.map(({ outcome }) => outcome))).toEqual([null, null])
  expect(await ending.command).toMatchObject({ exitCode: 0, stderr: '' })
  const states = await owner.api.jobs.list({})
  expect(states.map(({ status, worker_id }) => [status, worker_id !== null])).toEqual([
    ['claimed', true],
    ['running', true],
  ])

  const next = apiAt((await startUp(machine)).url, owner)
  expect(await finishJobDone(next, hold)).toMatchObject({ job_id: first, status: 'done', attempt: 1 })
  await next.jobs.attach({ ...offered.hold, ...offered.worktree })
  expect(await next.jobs.get({ job_id: second ?? '' })).toMatchObject({ status: 'running', attempt: 1 })
})
