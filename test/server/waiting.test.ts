import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { CHANNEL } from '../../src/server/store/listen.ts'
import { finishJobDone, makeBacklog, makeWorker, takeJob } from '../support/backlog.ts'
import { insertWorkers } from '../support/bulk.ts'
import { holdOffer, makeSprint } from '../support/held-jobs.ts'
import { holdLock, untilBlocked } from '../support/locks.ts'
import { readRow, until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'
import { countStatements } from '../support/statements.ts'

const { server, db, person, openAnother } = await openTestServer()

describe('H4 a waiter is woken when a job', () => {
  /** Each prepares what cannot be claimed yet, and returns what makes it claimable. */
  const WAYS: Record<string, (api: ApiClient) => Promise<() => Promise<unknown>>> = {
    'is enqueued': async api => {
      const { firstTask } = await makeBacklog(api)
      return () => api.jobs.dispatch({ task_id: firstTask.id })
    },
    'is enqueued by a run': async api => {
      const sprint = await makeSprint(api, await makeBacklog(api))
      return () => api.sprints.startRun({ sprint_id: sprint.id })
    },
    'is given back': async api => {
      const { hold } = await holdOffer(api)
      return () => api.jobs.giveBack({ ...hold, blame: 'nobody', reason: 'The client went away.' })
    },
    'is given back by a host that is barred from it': async api => {
      const { hold } = await holdOffer(api)
      return () => api.jobs.giveBack({ ...hold, blame: 'host', reason: 'The repository is not on this host.' })
    },
    'has lost its predecessor, which is done': async api => {
      const { hold } = await holdFirstOfTwo(api)
      return () => finishJobDone(api, hold)
    },
    'has lost its predecessor, which failed': async api => {
      const { hold } = await holdFirstOfTwo(api)
      return () => api.jobs.settle({ ...hold, outcome: 'failed', error: 'The tests are red.' })
    },
    'has lost its predecessor, which was skipped': async api => {
      const { hold } = await holdFirstOfTwo(api)
      return () => api.jobs.settle({ ...hold, outcome: 'skipped', error: 'Nothing is to do here.' })
    },
  }

  test.each(Object.keys(WAYS))('%s', async way => {
    const { api } = await person()
    const act = await WAYS[way]?.(api)
    const wait = startWait(api, (await makeWorker(api)).workerId)
    await untilWaiting(1)
    await act?.()
    expect((await wait).offer).not.toBeNull()
  })

  test('is enqueued by another server', async () => {
    const { api, token } = await person()
    const { firstTask } = await makeBacklog(api)
    const wait = startWait(api, (await makeWorker(api)).workerId)
    await untilWaiting(1)
    await (await openAnother()).client(token).jobs.dispatch({ task_id: firstTask.id })
    expect((await wait).offer).not.toBeNull()
  })

  test('has waited out its back-off, of which nobody tells', async () => {
    const { api, token } = await person()
    const { hold } = await holdOffer(api)
    await api.jobs.giveBack({ ...hold, blame: 'setup', reason: 'The network is down.' })
    const polling = await openAnother({ pollMs: 10 })
    const wait = startWait(polling.client(token), (await makeWorker(api)).workerId)
    await until(() => polling.dispatcher.waiting === 1)
    await db.moveClock('31 seconds')
    expect((await wait).offer?.job_id).toBe(hold.job_id)
  })

  test('has lost its holder, and the notification of it is lost too', async () => {
    const { api, token } = await person()
    const { hold } = await holdOffer(api)
    const polling = await openAnother({ pollMs: 10 })
    const wait = startWait(polling.client(token), (await makeWorker(api)).workerId)
    await until(() => polling.dispatcher.waiting === 1)
    await db.pool.query(`update claude_jobs set status = 'QUEUED' where id = $1`, [hold.job_id])
    expect((await wait).offer?.job_id).toBe(hold.job_id)
  })
})

describe('a wait', () => {
  test('H2 is neither ended nor asked after by notifications that are none of its business', async () => {
    const [{ api, userId }, stranger] = [await person(), await person()]
    const { firstTask } = await makeBacklog(api)
    const wait = startWait(api, (await makeWorker(api)).workerId)
    await untilWaiting(1)
    const looks = countStatements('claim-next-jobs')
    const unrelated = [
      '',
      'no json',
      '{"type":"claude_job_enqueued"}',
      JSON.stringify({ type: 'claude_job_enqueued', user_id: stranger.userId }),
      JSON.stringify({ type: 'claude_job_status', status: 'running', user_id: userId }),
      JSON.stringify({ type: 'backlog', user_id: userId }),
      JSON.stringify({ type: 'from_the_future', user_id: userId }),
    ]
    for (const payload of unrelated) await db.pool.query('select pg_notify($1, $2)', [CHANNEL, payload])
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    expect((await wait).offer?.job_id).toBe(job_id)
    expect(looks()).toBe(1)
  })

  test('H6 is served in its turn on its host', async () => {
    const { api } = await person()
    const { tasks } = await makeBacklog(api, { stories: 3 })
    const { hostId } = await makeWorker(api)
    const waits = []
    for (const [n] of tasks.entries()) {
      waits.push(startWait(api, (await makeWorker(api, hostId)).workerId))
      await untilWaiting(n + 1)
    }
    for (const [n, task] of tasks.entries()) {
      const { job_id } = await api.jobs.dispatch({ task_id: task.id })
      expect((await waits[n])?.offer?.job_id).toBe(job_id)
      expect(server.dispatcher.waiting).toBe(tasks.length - n - 1)
    }
  })

  test('H6 H8 whose caller goes away while a claim for it is under way passes the job on, uncharged', async () => {
    const { api } = await person()
    const { firstTask } = await makeBacklog(api)
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    const leaver = await makeWorker(api)
    const next = await makeWorker(api, leaver.hostId)
    const unlock = await holdLock(db.pool, 'lock table events in exclusive mode')
    const leaving = new AbortController()
    const left = startWait(api, leaver.workerId, leaving.signal)
    await untilBlocked(db.pool, 1)
    const wait = startWait(api, next.workerId)
    await until(() => server.dispatcher.waiting === 2)
    leaving.abort()
    await expect(left).rejects.toThrow()
    await unlock()
    expect((await wait).offer).toMatchObject({ job_id, attempt: 2 })
    expect(await readRow(db.pool, 'claude_jobs', job_id)).toMatchObject({
      worker_id: next.workerId,
      retry_count: 0,
      setup_failures: 0,
    })
  })

  test('H59 ends with nothing when its server closes, and a claim that was under way for it goes back', async () => {
    const { api, token } = await person()
    const { firstTask } = await makeBacklog(api)
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    const closing = await openAnother()
    const { workerId } = await makeWorker(api)
    const unlock = await holdLock(db.pool, 'lock table events in exclusive mode')
    const wait = startWait(closing.client(token), workerId)
    await untilBlocked(db.pool, 1)
    const closed = closing.dispatcher.close()
    expect((await wait).offer).toBeNull()
    await unlock()
    await closed
    expect(await readRow(db.pool, 'claude_jobs', job_id)).toMatchObject({ status: 'QUEUED', worker_id: null })
  })
})

describe('a thousand waits', () => {
  test('H3 H6 use one LISTEN connection, cost one look per job, and leave nothing behind', async () => {
    const { api, userId } = await person()
    const { firstTask } = await makeBacklog(api)
    const timersBefore = countTimers()
    const { hostId } = await makeWorker(api)
    const waits = (await insertWorkers(db.pool, { userId, hostId, count: 1_000 })).map(workerId => {
      const controller = new AbortController()
      return { controller, outcome: startWait(api, workerId, controller.signal).catch(() => null) }
    })
    await untilWaiting(1_000)
    expect(await countConnections('listen %')).toBe(1)
    expect(await countConnections('%')).toBeLessThanOrEqual(1 + POOL_SIZE)
    expect(countTimers()).toBeGreaterThanOrEqual(1_000)

    const looks = countStatements('claim-next-jobs')
    await api.jobs.dispatch({ task_id: firstTask.id })
    await untilWaiting(999)
    await server.announcer.flush()
    expect(looks()).toBe(1)

    for (const { controller } of waits) controller.abort()
    const offers = (await Promise.all(waits.map(({ outcome }) => outcome))).filter(answer => answer?.offer)
    expect(offers).toHaveLength(1)
    expect(server.dispatcher.waiting).toBe(0)
    expect(waits.flatMap(({ controller }) => getEventListeners(controller.signal, 'abort'))).toEqual([])
    expect(countTimers()).toBeLessThanOrEqual(timersBefore + POOL_SIZE)
    expect(await countConnections('listen %')).toBe(1)
  })
})

const POOL_SIZE = 10

function startWait(api: ApiClient, workerId: string, signal?: AbortSignal) {
  return api.jobs.claim({ worker_id: workerId, wait_ms: 60_000 }, { ...(signal && { signal }) })
}

/** Resolves when so many wait and the looks that they began with are over. */
async function untilWaiting(count: number): Promise<void> {
  const { dispatcher, pool } = server
  await until(() => dispatcher.waiting === count && pool.waitingCount === 0 && pool.idleCount === pool.totalCount)
}

function countTimers(): number {
  return process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length
}

/** The connections of servers to this database whose last statement is such. */
async function countConnections(statement: string): Promise<number> {
  const { rows } = await db.pool.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity
      where datname = current_database() and application_name = 'scrum4me' and query ilike $1`,
    [statement],
  )
  return rows[0]?.count ?? 0
}

/** Two queued jobs of one lane, the first of which is at work. */
async function holdFirstOfTwo(api: ApiClient) {
  const { tasks } = await makeBacklog(api, { tasks: 2 })
  for (const task of tasks) await api.jobs.dispatch({ task_id: task.id })
  return takeJob(api, (await makeWorker(api)).workerId)
}
