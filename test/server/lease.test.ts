import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { type Hold, holdJob, holdOffer, SHA, verify } from '../support/held-jobs.ts'
import { failureOf, secondsUntil } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()

type Call = (api: ApiClient, hold: Hold) => Promise<unknown>
const renew: Call = (api, hold) => api.jobs.renew(hold)
/** Every call of a claim holder about the work in its worktree. */
const CALLS: Record<string, Call> = {
  start: (api, hold) => api.jobs.start(hold),
  verification: (api, hold) => verify(api, hold, SHA.head),
  deliver: (api, hold) => api.jobs.deliver({ ...hold, head_sha: SHA.head }),
}

describe('a lease', () => {
  test('start is recorded once, and needs a worktree', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await api.jobs.start(hold)
    const { started_at } = await api.jobs.get({ job_id: hold.job_id })
    await db.moveClock('1 minute')
    await api.jobs.start(hold)
    expect((await api.jobs.get({ job_id: hold.job_id })).started_at).toBe(started_at)
  })

  test('what is about a worktree is refused before there is one', async () => {
    const { api } = await person()
    const { hold } = await holdOffer(api)
    for (const [name, call] of Object.entries(CALLS))
      expect.soft((await failureOf(call(api, hold))).code, name).toBe('INVALID_TRANSITION')
  })

  test('H28 every call about the work renews the lease', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    for (const [name, call] of [...Object.entries(CALLS), ['renew', renew] as const]) {
      await db.moveClock('11 minutes')
      await call(api, hold)
      expect.soft(await leaseOf(hold), name).toBeGreaterThan(290)
    }
  })

  test('H27 an offer is renewed while its host sets up, for a quarter of an hour at the most', async () => {
    const { api } = await person()
    const { hold } = await holdOffer(api)
    expect(await leaseOf(hold)).toBeGreaterThan(55)
    for (let minute = 0; minute < 14; minute++) {
      await db.moveClock('50 seconds')
      await api.jobs.renew(hold)
      expect(await leaseOf(hold)).toBeGreaterThan(55)
    }
    await db.moveClock('4 minutes')
    await api.jobs.renew(hold)
    expect(await leaseOf(hold)).toBeLessThan(0)
  })
})

function leaseOf(hold: Hold): Promise<number> {
  return secondsUntil(db.pool, 'claude_jobs', hold.job_id, 'lease_until')
}
