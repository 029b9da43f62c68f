import { describe, expect, test } from 'vitest'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { makeWorker, takeJob } from '../support/backlog.ts'
import { holdJob, holdOffer, SHA, startRun, verify } from '../support/held-jobs.ts'
import { dumpRows, failureOf, secondsUntil } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

describe('a claim that is taken over', () => {
  test('H9 goes to the new worker of its host with the same context, uncharged, and again if asked again', async () => {
    const { api } = await person()
    const { hold, hostId, context } = await holdJob(api)
    const next = await makeWorker(api, hostId)
    await db.moveClock('4 minutes')
    const { lease_until, ...same } = context
    for (let time = 0; time < 2; time++) {
      const taken = await api.jobs.takeOver({ ...hold, worker_id: next.workerId })
      expect(taken).toMatchObject({ ...same, worktree_path: `/worktrees/${hold.job_id}` })
      expect(Date.parse(taken.lease_until)).toBeGreaterThan(Date.parse(lease_until))
    }
    expect(await api.jobs.get({ job_id: hold.job_id })).toMatchObject({
      status: 'running',
      worker_id: next.workerId,
      attempt: 1,
      retry_count: 0,
    })
  })

  test('H10 leaves its old worker free, and keeps the new one from another job', async () => {
    const { api } = await person()
    const { hold, hostId, workerId } = await holdJob(api)
    const next = await makeWorker(api, hostId)
    await api.jobs.takeOver({ ...hold, worker_id: next.workerId })
    expect((await failureOf(api.jobs.claim({ worker_id: next.workerId, wait_ms: 0 }))).code).toBe('CONFLICT')
    expect(await api.jobs.claim({ worker_id: workerId, wait_ms: 0 })).toEqual({ offer: null })
  })

  test('H10 is refused to a worker that holds another one, which stays as it is', async () => {
    const { api } = await person()
    const { hostId, workerId, hold } = await holdJob(api)
    const busy = await makeWorker(api, hostId)
    await startRun(api)
    const theirs = await takeJob(api, busy.workerId)
    const before = await dumpRows(db.pool, ['workers', 'hosts'])
    const refusal = await failureOf(api.jobs.takeOver({ ...hold, worker_id: busy.workerId }))
    expect(refusal).toMatchObject({ code: 'CONFLICT', hint: expect.stringContaining('worker name') })
    expect(await dumpRows(db.pool, ['workers', 'hosts'])).toEqual(before)
    expect((await api.jobs.get({ job_id: hold.job_id })).worker_id).toBe(workerId)
    expect((await api.jobs.get({ job_id: theirs.hold.job_id })).worker_id).toBe(busy.workerId)
  })

  test('from another data folder is refused with WRONG_HOST, which names the host, and changes nothing', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    const elsewhere = await makeWorker(api)
    const before = await dumpRows(db.pool)
    expect(await failureOf(api.jobs.takeOver({ ...hold, worker_id: elsewhere.workerId }))).toMatchObject({
      code: 'WRONG_HOST',
      message: expect.stringContaining('test-host'),
      hint: expect.stringContaining('SCRUM4ME_DATA_DIR'),
    })
    expect(await dumpRows(db.pool)).toEqual(before)
  })

  test('H22 after it was lost answers LEASE_LOST, also with the same token, and changes nothing', async () => {
    const { api } = await person()
    const { hold, hostId } = await holdJob(api)
    const next = await makeWorker(api, hostId)
    await db.moveClock('6 minutes')
    expect(await reapStaleJobs(server)).toContain(hold.job_id)
    const before = await dumpRows(db.pool)
    const lost = await failureOf(api.jobs.takeOver({ ...hold, worker_id: next.workerId }))
    expect(lost.code).toBe('LEASE_LOST')
    expect(await dumpRows(db.pool)).toEqual(before)
    await takeJob(api, next.workerId)
    expect((await failureOf(api.jobs.takeOver({ ...hold, worker_id: next.workerId }))).code).toBe('LEASE_LOST')
  })

  test('H22 with a token that nobody has is LEASE_LOST, and before there is a worktree INVALID_TRANSITION', async () => {
    const { api } = await person()
    const { hold, workerId } = await holdJob(api)
    const guess = { ...hold, claim_token: '00000000-0000-4000-8000-000000000000', worker_id: workerId }
    expect((await failureOf(api.jobs.takeOver(guess))).code).toBe('LEASE_LOST')
    const offer = await holdOffer(api)
    const early = api.jobs.takeOver({ ...offer.hold, worker_id: offer.workerId })
    expect((await failureOf(early)).code).toBe('INVALID_TRANSITION')
  })

  test("H52 another user's job and another user's worker are unknown", async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    const stranger = (await person()).api
    const theirs = await makeWorker(stranger)
    expect((await failureOf(stranger.jobs.takeOver({ ...hold, worker_id: theirs.workerId }))).code).toBe('NOT_FOUND')
    expect((await failureOf(api.jobs.takeOver({ ...hold, worker_id: theirs.workerId }))).code).toBe('NOT_FOUND')
  })
})

describe('an announced silence', () => {
  const SILENCE = { silent_seconds: 1_800 }

  test('H28 lengthens the lease by each call that announces it, and no later call cuts it', async () => {
    const { api } = await person()
    const { hold, workerId } = await holdJob(api)
    const calls = {
      renew: () => api.jobs.renew({ ...hold, ...SILENCE }),
      start: () => api.jobs.start({ ...hold, ...SILENCE }),
      takeOver: () => api.jobs.takeOver({ ...hold, worker_id: workerId, ...SILENCE }),
    }
    for (const [name, call] of Object.entries(calls)) {
      await db.moveClock('40 minutes')
      await call()
      expect.soft(await leaseOf(hold.job_id), name).toBeGreaterThan(1_790)
    }
    await api.jobs.renew(hold)
    await api.jobs.start(hold)
    await verify(api, hold, SHA.head)
    await api.jobs.deliver({ ...hold, head_sha: SHA.head })
    await api.jobs.reportConflict({ ...hold, base_sha: SHA.other })
    expect(await leaseOf(hold.job_id)).toBeGreaterThan(1_790)
  })

  test('H28 holds from the attach on, and is never shorter than a lease', async () => {
    const { api } = await person()
    const { offer, hold, worktree } = await holdOffer(api)
    await api.jobs.attach({ ...hold, ...worktree, branch: offer.branch, ...SILENCE })
    expect(await leaseOf(hold.job_id)).toBeGreaterThan(1_790)
    const other = await holdJob(api)
    await db.moveClock('10 minutes')
    await api.jobs.renew({ ...other.hold, silent_seconds: 60 })
    expect(await leaseOf(other.hold.job_id)).toBeGreaterThan(290)
  })
})

function leaseOf(jobId: string): Promise<number> {
  return secondsUntil(db.pool, 'claude_jobs', jobId, 'lease_until')
}
