import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { makeBacklog, makeWorker, takeJob } from '../support/backlog.ts'
import { holdOffer, startRun, takeOffer } from '../support/held-jobs.ts'
import { dumpRows, failureOf } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()

test('H13 a host is not told of work that it is barred from', async () => {
  const { api } = await person()
  const [mine, other] = [await makeWorker(api), await makeWorker(api)]
  await startRun(api)
  const { hold } = await takeOffer(api, mine.workerId)
  await api.jobs.giveBack({ ...hold, blame: 'host', reason: 'No root.' })
  const ask = (host_id?: string) => api.jobs.checkQueue({ ...(host_id && { host_id }) })
  expect(await ask(mine.hostId)).toMatchObject({
    empty: true,
    products: [{ blocked: [{ reason: 'host_barred', count: 1 }] }],
  })
  expect(await ask(other.hostId)).toMatchObject({ empty: false })
  expect(await ask()).toMatchObject({ empty: false })
})

describe('H13 what an agent is told of the queue is what a claim finds:', () => {
  /** Each makes a queue, and says how many of its jobs are claimable, held, and held up for which reason. */
  const QUEUES: Record<string, { make: (api: ApiClient) => Promise<unknown>; state: object }> = {
    'one queued job': {
      make: api => startRun(api),
      state: { claimable: 1, active: 0, blocked: [] },
    },
    'a job at work and the next one of its lane': {
      make: async api => {
        await startRun(api, { tasks: 2 })
        await takeJob(api, (await makeWorker(api)).workerId)
      },
      state: { claimable: 0, active: 1, blocked: [{ reason: 'lane_busy', count: 1 }] },
    },
    'a job that backs off and the next one of its lane': {
      make: async api => {
        await startRun(api, { tasks: 2 })
        const { hold } = await takeOffer(api, (await makeWorker(api)).workerId)
        await api.jobs.giveBack({ ...hold, blame: 'setup', reason: 'The network is down.' })
      },
      state: {
        claimable: 0,
        active: 0,
        blocked: [
          { reason: 'back_off', count: 1 },
          { reason: 'lane_waits_for_older', count: 1 },
        ],
      },
    },
    'a paused run': {
      make: async api => {
        const { run } = await startRun(api)
        await api.sprints.pauseRun({ sprint_run_id: run.id })
      },
      state: { claimable: 0, active: 0, blocked: [{ reason: 'run_not_active', count: 1 }] },
    },
  }

  test.each(Object.keys(QUEUES))('%s', async name => {
    const { api } = await person()
    await QUEUES[name]?.make(api)
    const { empty, products } = await api.jobs.checkQueue({})
    expect(products).toEqual([{ product_id: expect.any(String), ...QUEUES[name]?.state }])
    expect(empty).toBe(await findsNothing(api))
  })

  test('an archived product and one that the user left', async () => {
    const { api, userId } = await person()
    const { offer } = await holdOffer(api)
    const { product } = await startRun(api)
    await db.pool.query('update products set archived_at = scrum4me_now() where id = $1', [product.id])
    expect(await api.jobs.checkQueue({ product_id: product.id })).toEqual({ empty: true, products: [] })
    await api.jobs.giveBack({ job_id: offer.job_id, claim_token: offer.claim_token, blame: 'nobody', reason: 'left' })
    await db.pool.query('delete from product_members where user_id = $1', [userId])
    expect((await api.jobs.checkQueue({})).empty).toBe(true)
    expect(await findsNothing(api)).toBe(true)
  })
})

test('H33 the branch of a job is set when it is enqueued, and a job of the same story gets the same one', async () => {
  const { api } = await person()
  const { stories, tasks } = await makeBacklog(api, { tasks: 2 })
  const jobs = []
  for (const task of tasks) jobs.push(await api.jobs.dispatch({ task_id: task.id }))
  const branch = `feat/story-${stories[0]?.id.slice(-8)}`
  expect(jobs).toMatchObject([
    { status: 'queued', branch },
    { status: 'queued', branch },
  ])
})

async function findsNothing(api: ApiClient): Promise<boolean> {
  const { workerId } = await makeWorker(api)
  return (await api.jobs.claim({ worker_id: workerId, wait_ms: 0 })).offer === null
}

test('H12 a task sent as the work of a whole sprint is refused, with the tool that starts that', async () => {
  const { api } = await person()
  const { firstTask } = await makeBacklog(api)
  const before = await dumpRows(db.pool)
  const wish = { kind: 'SPRINT_IMPLEMENTATION', task_id: firstTask.id } as const
  expect(await failureOf(api.jobs.dispatch(wish))).toMatchObject({
    code: 'VALIDATION_ERROR',
    hint: expect.stringContaining('start_sprint_run'),
  })
  expect(await dumpRows(db.pool)).toEqual(before)
})
