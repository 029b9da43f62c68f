import { describe, expect, test } from 'vitest'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { makeWorker, takeJob } from '../support/backlog.ts'
import { holdJob, holdOffer, SHA, startRun, takeOffer, verify } from '../support/held-jobs.ts'
import { dumpRows, failureOf } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

describe('attaching', () => {
  test('H9 can be repeated with the same claim, and answers the same', async () => {
    const { api } = await person()
    const { hold, context } = await holdJob(api)
    const before = await dumpRows(db.pool)
    const at = { worktree_path: '/elsewhere', branch: context.branch_name, base_sha: SHA.other }
    expect(await api.jobs.attach({ ...hold, ...at })).toEqual(context)
    expect(await dumpRows(db.pool)).toEqual(before)
  })

  test('H35 a worktree on another branch is refused without harm, also when the claim was attached before', async () => {
    const { api } = await person()
    const { offer, hold, worktree } = await holdOffer(api)
    const attachOn = (branch: string) => api.jobs.attach({ ...hold, ...worktree, branch })

    const before = await dumpRows(db.pool)
    expect(await failureOf(attachOn('main'))).toMatchObject({
      code: 'GIT_FAILED',
      message: expect.stringContaining(offer.branch),
    })
    expect(await dumpRows(db.pool)).toEqual(before)
    expect((await attachOn(offer.branch)).branch_name).toBe(offer.branch)
    expect((await failureOf(attachOn('main'))).code).toBe('GIT_FAILED')
  })

  test('H36 records the base commit of the job and of the attempt, and a retry is offered it', async () => {
    const { api } = await person()
    const { hold, context } = await holdJob(api)
    expect(context.base_sha).toBe(SHA.base)
    await db.moveClock('6 minutes')
    await reapStaleJobs(server)
    const { offer } = await api.jobs.claim({ worker_id: (await makeWorker(api)).workerId, wait_ms: 0 })
    expect(offer).toMatchObject({ job_id: hold.job_id, base_sha: SHA.base, attempt: 2 })
    const { rows } = await db.pool.query('select base_sha, worktree_path from job_attempts where job_id = $1', [
      hold.job_id,
    ])
    expect(rows).toEqual([{ base_sha: SHA.base, worktree_path: `/worktrees/${hold.job_id}` }])
  })

  test('a retry is told how the attempts before it ended', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await db.moveClock('6 minutes')
    await reapStaleJobs(server)
    const { context } = await takeJob(api, (await makeWorker(api)).workerId)
    expect(context).toMatchObject({
      attempt: 2,
      previous_attempts: [{ claim_no: 1, error: 'The lease ended without a report.', rescue_ref: null }],
    })
    expect(context.job_id).toBe(hold.job_id)
  })

  test('H14 to a run that was paused meanwhile gives the claim back, uncharged', async () => {
    const { api } = await person()
    const { run } = await startRun(api)
    const { workerId } = await makeWorker(api)
    const { offer, hold, worktree } = await takeOffer(api, workerId)
    await db.pool.query(`update sprint_runs set status = 'PAUSED' where id = $1`, [run.id])
    expect((await failureOf(api.jobs.attach({ ...hold, ...worktree }))).code).toBe('LEASE_LOST')
    expect(await api.jobs.get({ job_id: offer.job_id })).toMatchObject({
      status: 'queued',
      retry_count: 0,
      setup_failures: 0,
      not_before: null,
    })
    expect((await api.jobs.claim({ worker_id: workerId, wait_ms: 0 })).offer).toBeNull()
    await db.pool.query(`update sprint_runs set status = 'RUNNING' where id = $1`, [run.id])
    expect((await api.jobs.claim({ worker_id: workerId, wait_ms: 0 })).offer?.job_id).toBe(offer.job_id)
  })

  test('H31 a delivered job that lapsed in its last attempt is failed only when it is attached again', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await db.pool.query('update claude_jobs set max_attempts = 1 where id = $1', [hold.job_id])
    await verify(api, hold, SHA.head)
    await api.jobs.deliver({ ...hold, head_sha: SHA.head })
    await db.moveClock('1 hour')
    await reapStaleJobs(server)

    const again = await takeOffer(api, (await makeWorker(api)).workerId)
    expect(again.offer).toMatchObject({ job_id: hold.job_id, head_sha: SHA.head })
    expect((await failureOf(api.jobs.attach({ ...again.hold, ...again.worktree }))).code).toBe('LEASE_LOST')
    expect(await api.jobs.get({ job_id: hold.job_id })).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('1 attempt:'),
    })
  })

  test('H58 a delivered job that lapsed is settled by the next claim without an agent', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await verify(api, hold, SHA.head)
    await api.jobs.deliver({ ...hold, head_sha: SHA.head, summary: 'Changed the greeting as planned.' })
    await db.moveClock('1 hour')
    await reapStaleJobs(server)
    const again = await takeOffer(api, (await makeWorker(api)).workerId)
    expect(await api.jobs.settle({ ...again.hold, outcome: 'done', pushed: true })).toMatchObject({
      status: 'done',
      head_sha: SHA.head,
      verify_result: 'aligned',
      summary: 'Changed the greeting as planned.',
    })
  })
})
