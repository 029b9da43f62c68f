import { describe, expect, test } from 'vitest'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { makeWorker, takeJob } from '../support/backlog.ts'
import { holdJob, holdOffer, startRun, takeOffer } from '../support/held-jobs.ts'
import { holdLock, untilBlocked } from '../support/locks.ts'
import { eventsOf, failureOf, readRow, secondsUntil, until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person, openAnother } = await openTestServer()

describe('a lapsed lease', () => {
  test('H31 puts the job back with one attempt more, and the last one fails it with the number of attempts made', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    for (const attempt of [1, 2]) {
      await lapse('6 minutes')
      expect(await api.jobs.get({ job_id: hold.job_id })).toMatchObject({
        status: 'queued',
        retry_count: attempt,
        setup_failures: 0,
        not_before: null,
      })
      await takeJob(api, (await makeWorker(api)).workerId)
    }
    await lapse('6 minutes')
    const job = await api.jobs.get({ job_id: hold.job_id })
    expect(job).toMatchObject({ status: 'failed', attempt: 3, retry_count: 3, finished_at: expect.any(String) })
    expect(job.error).toContain('after 3 attempts')
    const { rows } = await db.pool.query('select outcome from job_attempts where job_id = $1 order by claim_no', [
      hold.job_id,
    ])
    expect(rows.map(row => row.outcome)).toEqual(['LAPSED', 'LAPSED', 'FAILED'])
  })

  test('H28 is one only when it is over: nothing happens to a holder before that', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await db.moveClock('4 minutes')
    expect(await reapStaleJobs(server)).toEqual([])
    await lapse('2 minutes')
    expect(await eventsOf(db.pool, { job: hold.job_id })).toEqual([
      'claude_job_enqueued queued',
      ...['claimed', 'running', 'queued'].map(status => `claude_job_status ${status}`),
    ])
  })

  test('H28 may be renewed by its holder until the reaper has acted', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await db.moveClock('2 hours')
    await api.jobs.renew(hold)
    expect(await reapStaleJobs(server)).toEqual([])
    await lapse('6 minutes')
    expect((await failureOf(api.jobs.renew(hold))).code).toBe('LEASE_LOST')
  })

  test('H28 that is renewed between the reaper’s list and its lock is left alone', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await db.moveClock('6 minutes')
    const unlock = await holdLock(db.pool, LOCK_JOB, [hold.job_id])
    const renewal = api.jobs.renew(hold)
    await untilBlocked(db.pool, 1)
    const reaping = reapStaleJobs(server)
    await untilBlocked(db.pool, 2)
    await unlock()
    await renewal
    expect(await reaping).toEqual([])
    expect(await api.jobs.get({ job_id: hold.job_id })).toMatchObject({ status: 'running', retry_count: 0 })
  })

  test('whose agent is at work for more minutes than its settings allow fails, however fresh its lease', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await db.moveClock('239 minutes')
    await api.jobs.renew(hold)
    expect(await reapStaleJobs(server)).not.toContain(hold.job_id)
    await db.moveClock('2 minutes')
    await api.jobs.renew(hold)
    expect(await reapStaleJobs(server)).toContain(hold.job_id)
    expect(await api.jobs.get({ job_id: hold.job_id })).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('more than 240 minutes'),
    })
    expect((await failureOf(api.jobs.renew(hold))).code).toBe('LEASE_LOST')
  })

  test('H30 of the last attempt settles job, attempt, task, story, PBI, run, sprint and events in one transaction', async () => {
    const { api } = await person()
    const { run, sprint, pbi, stories, tasks } = await startRun(api, { tasks: 2 })
    const { hold } = await takeJob(api, (await makeWorker(api)).workerId)
    await db.pool.query('update claude_jobs set max_attempts = 1 where id = $1', [hold.job_id])
    await lapse('6 minutes')
    expect(await api.sprints.getRun({ sprint_run_id: run.id })).toMatchObject({
      status: 'failed',
      sprint: { status: 'failed' },
      jobs: [
        { status: 'failed', task: { status: 'failed' } },
        { status: 'cancelled', task: { status: 'todo' } },
      ],
    })
    const written = [sprint, pbi, run, ...stories, ...tasks.slice(0, 1)].map(({ id }) => id)
    expect(await transactionsOf([...written, ...run.jobs.map(job => job.job_id)])).toHaveLength(1)
  })
})

describe('a lapsed offer', () => {
  test('H23 H24 costs no attempt but a pause that doubles, and the tenth fails the job', async () => {
    const { api } = await person()
    const { hold, offer } = await holdOffer(api)
    for (let failures = 1; failures < 10; failures++) {
      await lapse('61 seconds')
      const job = await readRow(db.pool, 'claude_jobs', hold.job_id)
      expect(job).toMatchObject({ status: 'QUEUED', retry_count: 0, setup_failures: failures, attached_at: null })
      const pause = await secondsUntil(db.pool, 'claude_jobs', hold.job_id, 'not_before')
      expect(Math.round(pause / 30)).toBe(2 ** (failures - 1))
      const { workerId } = await makeWorker(api)
      expect((await api.jobs.claim({ worker_id: workerId, wait_ms: 0 })).offer).toBeNull()
      await db.moveClock(`${pause + 1} seconds`)
      expect((await takeOffer(api, workerId)).offer).toMatchObject({ job_id: hold.job_id, branch: offer.branch })
    }
    await lapse('61 seconds')
    expect(await api.jobs.get({ job_id: hold.job_id })).toMatchObject({
      status: 'failed',
      retry_count: 0,
      setup_failures: 10,
      error: expect.stringContaining('10 tries'),
    })
  })

  test('H23 lets younger jobs of other lanes go ahead meanwhile, and holds up its own lane', async () => {
    const { api } = await person()
    const { run, tasks } = await startRun(api, { tasks: 2 })
    await takeOffer(api, (await makeWorker(api)).workerId)
    await lapse('61 seconds')
    const { workerId } = await makeWorker(api)
    expect((await api.jobs.claim({ worker_id: workerId, wait_ms: 0 })).offer).toBeNull()
    const { hold, context } = await holdJob(api)
    expect(run.jobs.map(job => job.job_id)).not.toContain(hold.job_id)
    expect(tasks.map(task => task.id)).not.toContain(context.task.id)
  })
})

describe('two reapers', () => {
  test('H60 at once settle a job one time', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    const second = await openAnother()
    await db.moveClock('6 minutes')
    const unlock = await holdLock(db.pool, LOCK_JOB, [hold.job_id])
    const first = reapStaleJobs(server)
    await untilBlocked(db.pool, 1)
    expect(await reapStaleJobs(second)).toBeNull()
    await unlock()
    expect(await first).toContain(hold.job_id)
    expect(await reapStaleJobs(second)).toEqual([])
    expect((await api.jobs.get({ job_id: hold.job_id })).retry_count).toBe(1)
  })

  test('H60 one of which was killed: the other goes on', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await db.moveClock('6 minutes')
    const unlock = await holdLock(db.pool, LOCK_JOB, [hold.job_id])
    const second = await openAnother()
    const killed = reapStaleJobs(second).catch(() => null)
    await untilBlocked(db.pool, 1)
    await db.pool.query(KILL_REAPER)
    await unlock()
    await killed
    await until(async () => (await reapStaleJobs(server))?.includes(hold.job_id) ?? false)
    expect((await api.jobs.get({ job_id: hold.job_id })).retry_count).toBe(1)
  })

  test('a job that cannot be settled does not hold up the others', async () => {
    const { api } = await person()
    const [stuck, other] = [await holdJob(api), await holdJob(api)]
    await db.pool.query(
      `alter table claude_jobs add constraint stuck check (id <> '${stuck.hold.job_id}' or status = 'RUNNING')`,
    )
    await db.moveClock('6 minutes')
    expect(await reapStaleJobs(server)).toEqual([other.hold.job_id])
    await db.pool.query('alter table claude_jobs drop constraint stuck')
    expect(await reapStaleJobs(server)).toEqual([stuck.hold.job_id])
  })
})

test('H1 H4 a job that the reaper puts back wakes a waiter', async () => {
  const { api } = await person()
  const { hold } = await holdJob(api)
  const { workerId } = await makeWorker(api)
  const wait = api.jobs.claim({ worker_id: workerId, wait_ms: 60_000 })
  await until(() => server.dispatcher.waiting === 1)
  await lapse('6 minutes')
  expect((await wait).offer).toMatchObject({ job_id: hold.job_id, attempt: 2 })
})

const LOCK_JOB = 'select 1 from claude_jobs where id = $1 for update'

const KILL_REAPER = `
  select pg_terminate_backend(pid) from pg_stat_activity
   where datname = current_database() and pid <> pg_backend_pid()
     and (wait_event_type = 'Lock' or pid in (select pid from pg_locks where locktype = 'advisory'))`

/** Lets leases end by the clock, and the reaper see it. */
async function lapse(interval: string): Promise<void> {
  await db.moveClock(interval)
  await reapStaleJobs(server)
}

/** The transactions that wrote these rows, their attempts and their last events. */
async function transactionsOf(ids: string[]): Promise<unknown[]> {
  const { rows } = await db.pool.query(
    `select xmin from sprints where id = any($1) union select xmin from pbis where id = any($1)
      union select xmin from stories where id = any($1) union select xmin from tasks where id = any($1)
      union select xmin from sprint_runs where id = any($1) union select xmin from claude_jobs where id = any($1)
      union select xmin from job_attempts where job_id = any($1)
      union select xmin from events where id in (
        select max(id) from events where coalesce(job_id, task_id, sprint_run_id) = any($1)
         group by job_id, task_id, sprint_run_id)`,
    [ids],
  )
  return rows
}
