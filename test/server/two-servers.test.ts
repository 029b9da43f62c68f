import { describe, expect, test } from 'vitest'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import type { RunningServer } from '../../src/server/open-server.ts'
import { enqueueJobs, makeWorker, takeJob } from '../support/backlog.ts'
import { eventsOf, until } from '../support/rows.ts'
import { openTestServer, type Person } from '../support/server.ts'

// Its poll is slow and its reaper rests, so that what one server does for the other it does by notification.
const { db, server, person, openAnother } = await openTestServer()

/** A worker whose wait is under way on a server. */
async function waitOn(on: RunningServer, { token }: Person) {
  const api = on.client(token)
  const { workerId } = await makeWorker(api)
  const before = on.dispatcher.waiting
  const wait = api.jobs.claim({ worker_id: workerId, wait_ms: 60_000 })
  await until(() => on.dispatcher.waiting > before)
  return { wait }
}

describe('H60 two servers on one database', () => {
  test('a job that is enqueued through one wakes the waiter of the other, at once', async () => {
    const other = await openAnother()
    const owner = await person()
    const { wait } = await waitOn(other, owner)
    const [jobId] = await enqueueJobs(owner.api, 1)
    expect((await wait).offer?.job_id).toBe(jobId)
  })

  test('hand each job out once, to the waiters of both', async () => {
    const other = await openAnother()
    const owner = await person()
    const waits = []
    for (let n = 0; n < 6; n++) waits.push(await waitOn(n % 2 ? server : other, owner))
    const jobIds = await enqueueJobs(owner.api, 6)
    const offers = await Promise.all(waits.map(({ wait }) => wait))
    expect(offers.map(({ offer }) => offer?.job_id).sort()).toEqual(jobIds.sort())
    expect(offers.map(({ offer }) => offer?.attempt)).toEqual([1, 1, 1, 1, 1, 1])
  })

  test('what one offered, the other attaches, and the lease is one', async () => {
    const other = await openAnother()
    const owner = await person()
    await enqueueJobs(owner.api, 1)
    const { workerId } = await makeWorker(owner.api)
    const { hold } = await takeJob(owner.api, workerId)
    const { lease_until } = await other.client(owner.token).jobs.renew(hold)
    expect(new Date(lease_until).getTime()).toBeGreaterThan(Date.now())
    await expect(other.client(owner.token).jobs.claim({ worker_id: workerId, wait_ms: 0 })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
  })

  test('settle what has lapsed once, though both look at the same moment', async () => {
    const other = await openAnother()
    const owner = await person()
    const jobIds = await enqueueJobs(owner.api, 4)
    for (const _ of jobIds) await takeJob(owner.api, (await makeWorker(owner.api)).workerId)
    await db.moveClock('10 minutes')
    const rounds = await Promise.all([server, other, server, other].map(each => reapStaleJobs(each)))
    const settled = rounds.flatMap(round => round ?? []).filter(id => jobIds.includes(id))
    expect(settled.sort()).toEqual(jobIds.sort())
    for (const id of jobIds) {
      expect(await owner.api.jobs.get({ job_id: id })).toMatchObject({ status: 'queued', retry_count: 1 })
      expect((await eventsOf(db.pool, { job: id })).filter(line => line.endsWith('queued'))).toHaveLength(2)
    }
  })

  test('one that ends hands its waits’ turn to the other', async () => {
    const other = await openAnother()
    const owner = await person()
    const ended = await waitOn(other, owner)
    const { wait } = await waitOn(server, owner)
    await other.endWaits()
    expect(await ended.wait).toEqual({ offer: null })
    const [jobId] = await enqueueJobs(owner.api, 1)
    expect((await wait).offer?.job_id).toBe(jobId)
  })
})
