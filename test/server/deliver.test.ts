import { describe, expect, test } from 'vitest'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { type Hold, holdJob, SHA, verify } from '../support/held-jobs.ts'
import { dumpRows, failureOf, readRow, secondsUntil } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

describe('delivering', () => {
  test('H57 refuses a commit that is not the verified one, and writes nothing', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    expect((await failureOf(api.jobs.deliver({ ...hold, head_sha: SHA.head }))).code).toBe('VERIFY_REQUIRED')
    await verify(api, hold, SHA.head)
    const before = await dumpRows(db.pool)
    expect((await failureOf(api.jobs.deliver({ ...hold, head_sha: SHA.other }))).code).toBe('VERIFY_REQUIRED')
    expect(await dumpRows(db.pool)).toEqual(before)
  })

  test('of changes that do not follow the plan is refused with VERIFY_REFUSED, of partial ones without a reason too', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api, { plan: 'Change `hello.js` and `other.js`.' })
    await verify(api, hold, SHA.head, ['elsewhere.js'])
    expect((await failureOf(api.jobs.deliver({ ...hold, head_sha: SHA.head }))).code).toBe('VERIFY_REFUSED')
    await verify(api, hold, SHA.head, ['hello.js'])
    expect((await failureOf(api.jobs.deliver({ ...hold, head_sha: SHA.head }))).code).toBe('VERIFY_REFUSED')
    await api.jobs.deliver({ ...hold, head_sha: SHA.head, summary: 'The other file needs no change after all.' })
  })

  test('H61 extends the lease past the time in which the push may start and end', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await verify(api, hold, SHA.head)
    const { push_within_ms } = await api.jobs.deliver({ ...hold, head_sha: SHA.head })
    expect(await leaseOf(hold)).toBeGreaterThan((2 * push_within_ms) / 1000)
  })

  test('H61 repeated extends the lease again', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await verify(api, hold, SHA.head)
    const { push_within_ms } = await api.jobs.deliver({ ...hold, head_sha: SHA.head })
    await db.moveClock('9 minutes')
    expect(await leaseOf(hold)).toBeLessThan(push_within_ms / 1000)
    expect(await api.jobs.deliver({ ...hold, head_sha: SHA.head })).toEqual({ push_within_ms })
    expect(await leaseOf(hold)).toBeGreaterThan((2 * push_within_ms) / 1000)
  })

  test('H61 no other call of its holder cuts the lease of a delivery short', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await verify(api, hold, SHA.head)
    const { push_within_ms } = await api.jobs.deliver({ ...hold, head_sha: SHA.head })
    await api.jobs.renew(hold)
    await api.jobs.start(hold)
    await verify(api, hold, SHA.head)
    expect(await leaseOf(hold)).toBeGreaterThan((2 * push_within_ms) / 1000)
  })

  test('H61 by a host that slept past its lease is accepted until the reaper has acted, and refused after', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await verify(api, hold, SHA.head)
    await db.moveClock('2 hours')
    const { push_within_ms } = await api.jobs.deliver({ ...hold, head_sha: SHA.head })
    expect(await leaseOf(hold)).toBeGreaterThan((2 * push_within_ms) / 1000)
    expect(await reapStaleJobs(server)).not.toContain(hold.job_id)

    await db.moveClock('2 hours')
    expect(await reapStaleJobs(server)).toContain(hold.job_id)
    expect((await failureOf(api.jobs.deliver({ ...hold, head_sha: SHA.head }))).code).toBe('LEASE_LOST')
  })

  test('H23 ends the count of failed set-ups', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await db.pool.query('update claude_jobs set setup_failures = 7 where id = $1', [hold.job_id])
    await verify(api, hold, SHA.head)
    await api.jobs.deliver({ ...hold, head_sha: SHA.head })
    expect((await api.jobs.get({ job_id: hold.job_id })).setup_failures).toBe(0)
  })

  test('what the agent used is stored, and a later report adds what it says', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await verify(api, hold, SHA.head)
    await api.jobs.deliver({ ...hold, head_sha: SHA.head, usage: { input_tokens: 7, cost_usd: 0.25 } })
    await api.jobs.settle({ ...hold, outcome: 'done', usage: { output_tokens: 9 } })
    const row = await readRow(db.pool, 'claude_jobs', hold.job_id)
    expect(row).toMatchObject({ input_tokens: '7', output_tokens: '9', cost_usd: '0.250000', cache_read_tokens: null })
  })
})

describe('a conflict at delivery', () => {
  test('H36 takes the commit off the job and leaves it in the attempt’s row, until another one is delivered', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await verify(api, hold, SHA.head)
    await api.jobs.deliver({ ...hold, head_sha: SHA.head, summary: 'Changed the greeting as planned.' })
    await api.jobs.reportConflict({ ...hold, base_sha: SHA.other })
    const { rows } = await db.pool.query('select head_sha from job_attempts where job_id = $1', [hold.job_id])
    expect(rows).toEqual([{ head_sha: SHA.head }])
    expect(await readRow(db.pool, 'claude_jobs', hold.job_id)).toMatchObject({ head_sha: null })
    await api.jobs.settle({ ...hold, outcome: 'failed', error: 'The merge is beyond me.' })
    const { rows: after } = await db.pool.query('select outcome, head_sha from job_attempts where job_id = $1', [
      hold.job_id,
    ])
    expect(after).toEqual([{ outcome: 'FAILED', head_sha: SHA.head }])
  })

  test('H62 hands the job back to its agent, still running, with origin’s tip as its base and nothing verified', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await verify(api, hold, SHA.head)
    await api.jobs.deliver({ ...hold, head_sha: SHA.head })
    expect(await api.jobs.reportConflict({ ...hold, base_sha: SHA.other })).toEqual({ status: 'running' })
    expect(await api.jobs.get({ job_id: hold.job_id })).toMatchObject({
      status: 'running',
      base_sha: SHA.other,
      head_sha: null,
      verify_result: null,
    })
    expect((await failureOf(api.jobs.deliver({ ...hold, head_sha: SHA.head }))).code).toBe('VERIFY_REQUIRED')
  })

  test('H50 cancels a job that a person wanted to cancel meanwhile', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await verify(api, hold, SHA.head)
    await api.jobs.deliver({ ...hold, head_sha: SHA.head })
    await db.pool.query('update claude_jobs set cancel_requested_at = scrum4me_now() where id = $1', [hold.job_id])
    expect(await api.jobs.reportConflict({ ...hold, base_sha: SHA.other })).toEqual({ status: 'cancelled' })
    expect((await failureOf(api.jobs.renew(hold))).code).toBe('JOB_CANCELLED')
  })
})

function leaseOf(hold: Hold): Promise<number> {
  return secondsUntil(db.pool, 'claude_jobs', hold.job_id, 'lease_until')
}
