import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { HELD_ELSEWHERE } from '../../src/domain/held-elsewhere.ts'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { finishJobDone, makeWorker, takeJob } from '../support/backlog.ts'
import { type Hold, holdJob, holdOffer, SHA, startRun, verify } from '../support/held-jobs.ts'
import { dumpRows, eventsOf, failureOf, readRow, secondsUntil } from '../support/rows.ts'
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

  test('H9 H28 is renewed for its new worker only, and the old one is told who holds it', async () => {
    const { api } = await person()
    const { hold, hostId, workerId } = await holdJob(api)
    expect(await api.jobs.renew({ ...hold, worker_id: workerId })).toMatchObject({ sprint_run_status: null })
    const next = await makeWorker(api, hostId)
    await api.jobs.takeOver({ ...hold, worker_id: next.workerId })
    await db.moveClock('4 minutes')
    const { code, hint } = await failureOf(api.jobs.renew({ ...hold, worker_id: workerId }))
    expect({ code, hint }).toEqual({ code: 'LEASE_LOST', hint: HELD_ELSEWHERE })
    expect(await secondsUntil(db.pool, 'claude_jobs', hold.job_id, 'lease_until')).toBeLessThan(61)
    await api.jobs.renew({ ...hold, worker_id: next.workerId })
    expect(await secondsUntil(db.pool, 'claude_jobs', hold.job_id, 'lease_until')).toBeGreaterThan(290)
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

  test('H9 H31 goes on although it has lapsed, uncharged, before another claim', async () => {
    const { api } = await person()
    const { hold, hostId, task, context } = await holdJob(api)
    const next = await makeWorker(api, hostId)
    await db.moveClock('6 minutes')
    expect(await reapStaleJobs(server)).toContain(hold.job_id)
    expect(await api.jobs.get({ job_id: hold.job_id })).toMatchObject({ status: 'queued', retry_count: 1 })
    expect(await api.jobs.takeOver({ ...hold, worker_id: next.workerId })).toMatchObject({ base_sha: context.base_sha })
    const found = { status: 'running', attempt: 1, retry_count: 0, error: null, worker_id: next.workerId }
    expect(await api.jobs.get({ job_id: hold.job_id })).toMatchObject(found)
    expect(await readRow(db.pool, 'tasks', task.id)).toMatchObject({ status: 'IN_PROGRESS' })
    expect((await eventsOf(db.pool, { job: hold.job_id })).slice(-2)).toEqual([
      'claude_job_status queued',
      'claude_job_status running',
    ])
    expect(await finishJobDone(api, hold)).toMatchObject({ status: 'done' })
    const { rows } = await db.pool.query('select outcome from job_attempts where job_id = $1', [hold.job_id])
    expect(rows).toEqual([{ outcome: 'DONE' }])
  })

  test.each<[string, (lapsed: Lapsed) => Promise<unknown>]>([
    ['another worker has claimed the job', ({ api, other }) => takeJob(api, other)],
    [
      'its clean-up has begun',
      ({ api, hold, other }) => api.jobs.recordRemains({ ...remainsOf(hold), worker_id: other }),
    ],
    ['another job has the lane', ({ api, task, other }) => takeLane(api, task.id, other)],
    [
      'the job has failed',
      ({ hold }) => db.pool.query(`update claude_jobs set status = 'FAILED' where id = $1`, [hold.job_id]),
    ],
    ['the job was cancelled', ({ api, hold }) => api.jobs.cancel({ job_id: hold.job_id })],
  ])('H22 that has lapsed is lost when %s, and nothing is changed', async (_, happen) => {
    const { api } = await person()
    const { hold, hostId, task } = await holdJob(api)
    const [next, { workerId: other }] = [await makeWorker(api, hostId), await makeWorker(api, hostId)]
    await db.moveClock('6 minutes')
    await reapStaleJobs(server)
    await happen({ api, hold, task, other })
    const before = await dumpRows(db.pool)
    const { code } = await failureOf(api.jobs.takeOver({ ...hold, worker_id: next.workerId }))
    expect(['LEASE_LOST', 'JOB_CANCELLED']).toContain(code)
    expect(await dumpRows(db.pool)).toEqual(before)
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

interface Lapsed {
  api: ApiClient
  hold: Hold
  task: { id: string }
  other: string
}
const remainsOf = ({ job_id }: Hold) => ({ job_id, attempt: 1, rescue_ref: null, removed: true })

/** Another job of the same lane is at work: the lapsed one backs off meanwhile. */
async function takeLane(api: ApiClient, taskId: string, workerId: string): Promise<void> {
  const { story_id } = await readRow(db.pool, 'tasks', taskId)
  const later = await api.backlog.createTask({ story_id: String(story_id), title: 'Later' })
  await api.jobs.dispatch({ task_id: later.id })
  await db.pool.query(`update claude_jobs set created_at = created_at + interval '1 day' where task_id = $1`, [taskId])
  await takeJob(api, workerId)
}

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
