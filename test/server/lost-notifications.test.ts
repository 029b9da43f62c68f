import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { finishJobDone, makeBacklog, makeWorker, takeJob } from '../support/backlog.ts'
import { holdJob, holdOffer, startRun } from '../support/held-jobs.ts'
import { holdLock, untilBlocked } from '../support/locks.ts'
import { addressOfDatabase, databaseUrlBy, openRelay } from '../support/relay.ts'
import { until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person, openAnother } = await openTestServer()

/** A server that hears no notification at all, until its relay refuses nothing any more. */
async function openDeaf(pollMs: number) {
  const relay = await openRelay(addressOfDatabase(db.url))
  relay.refuse('listen ')
  return { relay, deaf: await openAnother({ pollMs, databaseUrl: databaseUrlBy(relay, db.url) }) }
}

describe('H4 a waiter is woken although every notification is lost when a job', () => {
  /** Each prepares what cannot be claimed yet, and returns what makes it claimable. */
  const WAYS: Record<string, (api: ApiClient) => Promise<() => Promise<unknown>>> = {
    'is enqueued': async api => {
      const { firstTask } = await makeBacklog(api)
      return () => api.jobs.dispatch({ task_id: firstTask.id })
    },
    'is given back': async api => {
      const { hold } = await holdOffer(api)
      return () => api.jobs.giveBack({ ...hold, blame: 'nobody', reason: 'The client went away.' })
    },
    'has waited out its back-off': async api => {
      const { hold } = await holdOffer(api)
      await api.jobs.giveBack({ ...hold, blame: 'setup', reason: 'The network is down.' })
      return () => db.moveClock('31 seconds')
    },
    lapses: async api => {
      const { hold } = await holdJob(api)
      return async () => {
        await db.moveClock('6 minutes')
        expect(await reapStaleJobs(server)).toContain(hold.job_id)
      }
    },
    'is tried again': async api => {
      const { hold } = await holdJob(api)
      await api.jobs.settle({ ...hold, outcome: 'failed', error: 'The tests are red.' })
      return () => api.jobs.retry({ job_id: hold.job_id })
    },
    'is of a run that is resumed': async api => {
      const { run } = await startRun(api)
      await api.sprints.pauseRun({ sprint_run_id: run.id })
      return () => api.sprints.resumeRun({ sprint_run_id: run.id })
    },
    'has lost its predecessor, which is done': async api => {
      const { hold } = await holdFirstOfTwo(api)
      return () => finishJobDone(api, hold)
    },
    'has lost its predecessor, which failed': async api => {
      const { hold } = await holdFirstOfTwo(api)
      return () => api.jobs.settle({ ...hold, outcome: 'failed', error: 'The tests are red.' })
    },
    'has lost its predecessor, which was cancelled': async api => {
      const { hold } = await holdFirstOfTwo(api)
      return () => api.jobs.cancel({ job_id: hold.job_id })
    },
  }

  test.each(Object.keys(WAYS))('%s', async way => {
    const { api, token } = await person()
    const { deaf } = await openDeaf(10)
    const act = await WAYS[way]?.(api)
    const { workerId } = await makeWorker(api)
    const wait = deaf.client(token).jobs.claim({ worker_id: workerId, wait_ms: 60_000 })
    await until(() => deaf.dispatcher.waiting === 1)
    await act?.()
    expect((await wait).offer).not.toBeNull()
  })
})

test('H1 a job that comes between the first look and the start of listening is found as soon as that has started', async () => {
  const { api, token } = await person()
  const { firstTask } = await makeBacklog(api)
  const { relay, deaf } = await openDeaf(60_000)
  const { workerId } = await makeWorker(api)
  const wait = deaf.client(token).jobs.claim({ worker_id: workerId, wait_ms: 60_000 })
  const { pool, dispatcher } = deaf
  await until(() => dispatcher.waiting === 1 && pool.waitingCount === 0 && pool.idleCount === pool.totalCount)
  const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
  await server.announcer.flush()
  expect(dispatcher.waiting).toBe(1)
  relay.refuse('')
  expect((await wait).offer?.job_id).toBe(job_id)
})

test('H1 a job that comes while the first look is under way is found', async () => {
  const { api } = await person()
  const { firstTask } = await makeBacklog(api)
  const { workerId } = await makeWorker(api)
  const unlock = await holdLock(db.pool, 'lock table claude_jobs in exclusive mode')
  const wait = api.jobs.claim({ worker_id: workerId, wait_ms: 60_000 })
  await untilBlocked(db.pool, 1)
  const dispatched = api.jobs.dispatch({ task_id: firstTask.id })
  await untilBlocked(db.pool, 2)
  await unlock()
  expect((await wait).offer?.job_id).toBe((await dispatched).job_id)
})

/** Two queued jobs of one lane, the first of which is at work. */
async function holdFirstOfTwo(api: ApiClient) {
  const { tasks } = await makeBacklog(api, { tasks: 2 })
  for (const task of tasks) await api.jobs.dispatch({ task_id: task.id })
  return takeJob(api, (await makeWorker(api)).workerId)
}
