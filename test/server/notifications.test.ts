import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { CHANNEL } from '../../src/server/store/listen.ts'
import { finishJobDone, makeWorker, takeJob } from '../support/backlog.ts'
import { startRun } from '../support/held-jobs.ts'
import { until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

test('H56 each event is told on the channel after its commit, once, in ids only and under 1 kB', async () => {
  const { api, userId } = await person()
  const payloads = await collectPayloads()
  await startRun(api, { tasks: 2 })
  const { workerId } = await makeWorker(api)
  await finishJobDone(api, (await takeJob(api, workerId)).hold)
  const { hold } = await takeJob(api, workerId)
  await api.jobs.settle({ ...hold, outcome: 'failed', error: 'The tests are red.' })

  const { rows: events } = await db.pool.query(
    'select id as event_id, type, user_id, product_id, job_id, task_id, sprint_run_id, status from events where user_id = $1 order by id',
    [userId],
  )
  await untilAllIsTold(payloads)
  const told = payloads
    .slice(0, -1)
    .map(payload => JSON.parse(payload))
    .sort((a, b) => Number(a.event_id) - Number(b.event_id))
  expect(told).toEqual(events.map(withoutNulls))
  expect(Math.max(...payloads.map(payload => Buffer.byteLength(payload)))).toBeLessThan(1_000)
})

test('H56 more than fifty events at once are told as one of each type and status', async () => {
  const { api } = await person()
  const payloads = await collectPayloads()
  await startRun(api, { tasks: 60 })
  await untilAllIsTold(payloads)
  expect(payloads.filter(payload => payload.includes('claude_job_enqueued'))).toHaveLength(1)
})

/** What comes over the channel from now on. */
async function collectPayloads(): Promise<string[]> {
  const payloads: string[] = []
  const listener = new pg.Client(db.url)
  await listener.connect()
  onTestFinished(() => listener.end())
  listener.on('notification', ({ payload }) => payloads.push(payload ?? ''))
  await listener.query(`listen ${CHANNEL}`)
  return payloads
}

async function untilAllIsTold(payloads: readonly string[]): Promise<void> {
  await server.announcer.flush()
  await db.pool.query('select pg_notify($1, $2)', [CHANNEL, 'the end'])
  await until(() => payloads.includes('the end'))
}

function withoutNulls(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))
}
