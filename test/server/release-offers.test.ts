import { expect, test } from 'vitest'
import { makeWorker } from '../support/backlog.ts'
import { holdJob, holdOffer, takeOffer } from '../support/held-jobs.ts'
import { failureOf, readRow } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()

test('H8 a host gives back what its worker was offered by a call that it gave up: uncharged, and for the next at once', async () => {
  const { api } = await person()
  const { workerId, hold } = await holdOffer(api)
  const other = await makeWorker(api)
  const wait = api.jobs.claim({ worker_id: other.workerId, wait_ms: 60_000 })
  expect(await api.jobs.releaseOffers({ worker_id: workerId })).toEqual({ released: 1 })
  expect((await wait).offer).toMatchObject({ job_id: hold.job_id, attempt: 2 })
  expect(await readRow(db.pool, 'claude_jobs', hold.job_id)).toMatchObject({
    worker_id: other.workerId,
    retry_count: 0,
    setup_failures: 0,
    not_before: null,
  })
  expect(await api.jobs.releaseOffers({ worker_id: workerId })).toEqual({ released: 0 })
})

test('H22 what is attached, or was offered to another worker, stays', async () => {
  const { api } = await person()
  const { workerId, hold } = await holdJob(api)
  const offered = await holdOffer(api)
  expect(await api.jobs.releaseOffers({ worker_id: workerId })).toEqual({ released: 0 })
  expect((await readRow(db.pool, 'claude_jobs', hold.job_id)).status).toBe('RUNNING')
  expect((await readRow(db.pool, 'claude_jobs', offered.hold.job_id)).status).toBe('CLAIMED')
})

test('H52 another user’s worker keeps what it was offered', async () => {
  const [owner, stranger] = [await person(), await person()]
  const { workerId, hold } = await holdOffer(owner.api)
  expect((await failureOf(stranger.api.jobs.releaseOffers({ worker_id: workerId }))).code).toBe('NOT_FOUND')
  expect((await readRow(db.pool, 'claude_jobs', hold.job_id)).status).toBe('CLAIMED')
})

test('H8 the wait that was answered on the wire is over: the next one of the same worker is offered a job anew', async () => {
  const { api } = await person()
  const { workerId, hold } = await holdOffer(api)
  await api.jobs.releaseOffers({ worker_id: workerId })
  const again = await takeOffer(api, workerId)
  expect(again.hold.job_id).toBe(hold.job_id)
  expect(again.hold.claim_token).not.toBe(hold.claim_token)
  expect((await failureOf(api.jobs.attach({ ...hold, ...again.worktree }))).code).toBe('LEASE_LOST')
})
