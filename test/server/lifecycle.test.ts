import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { finishJobDone, makeWorker, takeJob } from '../support/backlog.ts'
import { type Hold, holdJob, SHA, startRun, verify } from '../support/held-jobs.ts'
import { dumpRows, failureOf, readRow } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

/** Every call of a claim holder that writes. */
const CALLS: Record<string, (api: ApiClient, hold: Hold) => Promise<unknown>> = {
  attach: (api, hold) => api.jobs.attach({ ...hold, worktree_path: '/w', branch: 'feat/x', base_sha: SHA.base }),
  renew: (api, hold) => api.jobs.renew(hold),
  start: (api, hold) => api.jobs.start(hold),
  verification: (api, hold) =>
    api.jobs.recordVerification({ ...hold, verified_sha: SHA.head, changed_paths: ['hello.js'], changed_lines: 1 }),
  deliver: (api, hold) => api.jobs.deliver({ ...hold, head_sha: SHA.head, summary: 'Done as planned.' }),
  conflict: (api, hold) => api.jobs.reportConflict({ ...hold, base_sha: SHA.other }),
  'settle as done': (api, hold) => api.jobs.settle({ ...hold, outcome: 'done', pushed: true }),
  'settle as failed': (api, hold) => api.jobs.settle({ ...hold, outcome: 'failed', error: 'It broke.' }),
  'settle as skipped': (api, hold) => api.jobs.settle({ ...hold, outcome: 'skipped', error: 'Nothing to do here.' }),
  'give back': (api, hold) => api.jobs.giveBack({ ...hold, blame: 'setup', reason: 'The disk is full.' }),
}

describe('H22 a worker that lost its claim changes nothing and is told so', () => {
  const LOST: Record<string, (api: ApiClient, hold: Hold) => Promise<unknown>> = {
    'after its lease lapsed and the job was requeued under the same token': async () => {
      await db.moveClock('6 minutes')
      await reapStaleJobs(server)
    },
    'after it gave the claim back': (api, hold) => api.jobs.giveBack({ ...hold, blame: 'nobody', reason: 'left' }),
    'while another attempt holds the job': async (api, hold) => {
      await api.jobs.giveBack({ ...hold, blame: 'nobody', reason: 'left' })
      await takeJob(api, (await makeWorker(api)).workerId)
    },
    'with a token that nobody ever had': (_, hold) => {
      hold.claim_token = '00000000-0000-4000-8000-000000000000'
      return Promise.resolve()
    },
    'after its job was given up': async (_, hold) => {
      await db.pool.query('update claude_jobs set max_attempts = 1 where id = $1', [hold.job_id])
      await db.moveClock('6 minutes')
      await reapStaleJobs(server)
    },
  }
  test.each(Object.keys(LOST))('%s: LEASE_LOST', async how => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await LOST[how]?.(api, hold)
    const before = await dumpRows(db.pool)
    for (const [name, call] of Object.entries(CALLS)) {
      // A job that failed already answers a second report of the same outcome with what is stored.
      if (how.includes('given up') && name === 'settle as failed') continue
      expect.soft(await failureOf(call(api, hold)), name).toMatchObject({ code: 'LEASE_LOST' })
    }
    expect(await dumpRows(db.pool)).toEqual(before)
  })

  test('after its job was cancelled: JOB_CANCELLED', async () => {
    const { api } = await person()
    await startRun(api)
    const { hold } = await takeJob(api, (await makeWorker(api)).workerId)
    await db.pool.query(
      `update sprint_runs set status = 'CANCELLED' where id = (select sprint_run_id from claude_jobs where id = $1)`,
      [hold.job_id],
    )
    await db.moveClock('6 minutes')
    await reapStaleJobs(server)
    const before = await dumpRows(db.pool)
    for (const [name, call] of Object.entries(CALLS))
      expect.soft(await failureOf(call(api, hold)), name).toMatchObject({ code: 'JOB_CANCELLED' })
    expect(await dumpRows(db.pool)).toEqual(before)
  })

  test('with the claim of another user: as for a job that does not exist', async () => {
    const { hold } = await holdJob((await person()).api)
    const stranger = await person()
    const unknown = { ...hold, job_id: 'job_unknown' }
    const before = await dumpRows(db.pool, ['users', 'api_tokens'])
    for (const [name, call] of Object.entries(CALLS)) {
      const theirs = await failureOf(call(stranger.api, hold))
      const none = await failureOf(call(stranger.api, unknown))
      expect.soft(theirs.code, name).toBe('NOT_FOUND')
      expect.soft(theirs.message.replace(hold.job_id, 'job_unknown'), name).toBe(none.message)
    }
    expect(await dumpRows(db.pool, ['users', 'api_tokens'])).toEqual(before)
  })
})

describe('settling', () => {
  test('H22 repeated by the same claim answers with what is stored and writes nothing', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    const stored = await finishJobDone(api, hold)
    expect(stored).toMatchObject({ status: 'done', head_sha: SHA.head, summary: expect.any(String) })
    const before = await dumpRows(db.pool)
    const again = await api.jobs.settle({ ...hold, outcome: 'done', summary: 'Another summary.' })
    expect(again).toEqual(stored)
    const otherwise = api.jobs.settle({ ...hold, outcome: 'failed', error: 'On second thoughts.' })
    expect(await failureOf(otherwise)).toMatchObject({ code: 'LEASE_LOST', message: expect.stringContaining('done') })
    expect(await dumpRows(db.pool)).toEqual(before)
  })

  test('H22 by the same claim from two connections at once ends the job once', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    const reports = Array.from({ length: 8 }, () => api.jobs.settle({ ...hold, outcome: 'failed', error: 'It broke.' }))
    expect(new Set((await Promise.all(reports)).map(job => job.finished_at)).size).toBe(1)
    const { rows } = await db.pool.query(`select 1 from events where job_id = $1 and status = 'failed'`, [hold.job_id])
    expect(rows.length).toBe(1)
  })

  test('H57 as done without a delivery is refused with VERIFY_REQUIRED', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    expect((await failureOf(api.jobs.settle({ ...hold, outcome: 'done' }))).code).toBe('VERIFY_REQUIRED')
    await verify(api, hold, SHA.head)
    expect((await failureOf(api.jobs.settle({ ...hold, outcome: 'done' }))).code).toBe('VERIFY_REQUIRED')
    expect(await readRow(db.pool, 'claude_jobs', hold.job_id)).toMatchObject({ status: 'RUNNING', head_sha: null })
  })

  test('H57 as done is refused when another commit was verified since the delivery', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await verify(api, hold, SHA.head)
    await api.jobs.deliver({ ...hold, head_sha: SHA.head })
    await verify(api, hold, SHA.other)
    expect((await failureOf(api.jobs.settle({ ...hold, outcome: 'done' }))).code).toBe('VERIFY_REQUIRED')
    await api.jobs.deliver({ ...hold, head_sha: SHA.other })
    expect(await api.jobs.settle({ ...hold, outcome: 'done' })).toMatchObject({ status: 'done', head_sha: SHA.other })
  })

  test('as failed needs an error, and as skipped a reason of ten characters', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    expect((await failureOf(api.jobs.settle({ ...hold, outcome: 'failed', error: '  ' }))).code).toBe(
      'VALIDATION_ERROR',
    )
    expect((await failureOf(api.jobs.settle({ ...hold, outcome: 'skipped', error: 'too short' }))).code).toBe(
      'VALIDATION_ERROR',
    )
    expect(await api.jobs.settle({ ...hold, outcome: 'skipped', error: 'long enough' })).toMatchObject({
      status: 'skipped',
      error: 'long enough',
    })
  })
})
