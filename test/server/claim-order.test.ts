import type { Pool } from 'pg'
import { expect, test } from 'vitest'
import type { RunningServer } from '../../src/server/open-server.ts'
import { enqueueJobs, makeWorker } from '../support/backlog.ts'
import { openTestServer, type Person } from '../support/server.ts'

const usual = await openTestServer()
const dictionary = await openTestServer({}, { icuLocale: 'en-US' })

/** Ids that a dictionary would sort otherwise: a, ä, b, B, Z. */
const IN_ORDER = ['job_B', 'job_Z', 'job_a', 'job_b', 'job_ä']

test('H20 the order of claims is the same on servers whose sessions live in different time zones', async () => {
  const servers = []
  for (const zone of ['Pacific/Auckland', 'America/Los_Angeles', 'UTC'])
    servers.push(await usual.openAnother({ databaseUrl: inZone(usual.db.url, zone) }))
  const owner = await usual.person()
  await enqueueAs(owner, [...IN_ORDER].reverse(), usual.db.pool)
  expect(await claimInTurn(servers, owner)).toEqual(IN_ORDER)
})

test('H20 the order of claims is the same in a database whose locale sorts like a dictionary', async () => {
  const { db, person, server } = dictionary
  const { rows } = await db.pool.query(`select 'job_a' < 'job_B' as "like a dictionary"`)
  expect(rows).toEqual([{ 'like a dictionary': true }])
  const owner = await person()
  await enqueueAs(owner, [...IN_ORDER].reverse(), db.pool)
  expect(await claimInTurn([server], owner)).toEqual(IN_ORDER)
})

function inZone(url: string, zone: string): string {
  const zoned = new URL(url)
  zoned.searchParams.set('options', `-c TimeZone=${zone}`)
  return zoned.toString()
}

/** Enqueues jobs of one instant, in the hour that a change to summer time repeats, with ids that are given. */
async function enqueueAs(owner: Person, ids: readonly string[], pool: Pool): Promise<void> {
  const made = await enqueueJobs(owner.api, ids.length)
  // What they are called is the point here: their histories name them, too.
  await pool.query('delete from job_events where job_id = any($1)', [made])
  for (const [index, id] of ids.entries()) {
    const change = `update claude_jobs set id = $1, created_at = '2026-03-29 01:30:00Z' where id = $2`
    await pool.query(change, [id, made[index]])
  }
}

/** Claims until nothing is left, by the servers in turn. */
async function claimInTurn(servers: readonly RunningServer[], { token }: Person): Promise<string[]> {
  const claimed: string[] = []
  for (;;) {
    for (const server of servers) {
      const api = server.client(token)
      const { workerId } = await makeWorker(api)
      const { offer } = await api.jobs.claim({ worker_id: workerId, wait_ms: 0 })
      if (!offer) return claimed
      claimed.push(offer.job_id)
    }
  }
}
