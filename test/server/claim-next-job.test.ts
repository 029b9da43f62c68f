import { describe, expect, test, vi } from 'vitest'
import { claimForWaiters } from '../../src/server/flows/claim-for-waiters.ts'
import type { Claimant } from '../../src/server/store/jobs/claim-next-jobs.ts'
import { newId } from '../../src/server/store/new-id.ts'
import { finishJobDone, makeBacklog, makeWorker, takeJob } from '../support/backlog.ts'
import { insertJobs } from '../support/bulk.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

describe('claiming', () => {
  test('H11 64 claimers take 10,000 jobs, each exactly once', async () => {
    const { userId, api, caller } = await person()
    const { product, firstTask } = await makeBacklog(api)
    await insertJobs(db.pool, { userId, productId: product.id, storyId: firstTask.story_id, count: 10_000 })
    const { hostId } = await makeWorker(api)
    const scope = { userIds: [userId], productIds: null, productId: null }

    const claimUntilEmpty = async () => {
      const taken: string[] = []
      for (;;) {
        const claimants: Claimant[] = Array.from({ length: 10 }, () => ({
          workerId: newId('worker'),
          hostId,
          tokenId: caller.tokenId,
        }))
        const jobs = await claimForWaiters(server.pool, scope, claimants, 60)
        if (jobs.length === 0) return taken
        taken.push(...jobs.map(job => job.id))
      }
    }
    const taken = (await Promise.all(Array.from({ length: 64 }, claimUntilEmpty))).flat()
    expect(taken.length).toBe(10_000)
    expect(new Set(taken).size).toBe(10_000)
  })

  test('H11 claimers of many lanes with several jobs each get the jobs of a lane in order, one at a time', async () => {
    const { api } = await person()
    const { tasks } = await makeBacklog(api, { stories: 3, tasks: 2 })
    for (const task of tasks) await api.jobs.dispatch({ task_id: task.id })
    const workers = await Promise.all(Array.from({ length: 6 }, () => makeWorker(api)))
    const offers = await Promise.all(workers.map(({ workerId }) => api.jobs.claim({ worker_id: workerId, wait_ms: 0 })))
    const claimed = offers.flatMap(({ offer }) => (offer ? [offer] : []))
    expect(claimed.length).toBe(3)
    expect(new Set(claimed.map(offer => offer.branch)).size).toBe(3)
  })

  test('H15 two tasks of one story never run at once, and those of two stories do', async () => {
    const { api } = await person()
    const { stories } = await makeBacklog(api, { stories: 2, tasks: 2 })
    for (const story of stories) for (const task of story.tasks) await api.jobs.dispatch({ task_id: task.id })
    const [a, b, c] = await Promise.all([makeWorker(api), makeWorker(api), makeWorker(api)])

    const one = await takeJob(api, a.workerId)
    const two = await takeJob(api, b.workerId)
    expect(one.context.story.id).not.toBe(two.context.story.id)
    const none = await api.jobs.claim({ worker_id: c.workerId, wait_ms: 0 })
    expect(none.offer).toBeNull()

    await finishJobDone(api, one.hold)
    const next = await takeJob(api, c.workerId)
    expect(next.context.story.id).toBe(one.context.story.id)
    expect(next.offer.branch).toBe(one.offer.branch)
  })

  test('H15 the database itself refuses a second held job on one lane', async () => {
    const { api } = await person()
    const { tasks } = await makeBacklog(api, { tasks: 2 })
    for (const task of tasks) await api.jobs.dispatch({ task_id: task.id })
    const { workerId, hostId } = await makeWorker(api)
    await takeJob(api, workerId)
    const forced = db.pool.query(
      `update claude_jobs set status = 'CLAIMED', claim_token = gen_random_uuid(), worker_id = 'worker_x', host_id = $1,
              claimed_by_token_id = 'token_x', lease_until = now()
        where status = 'QUEUED' and task_id = any($2)`,
      [hostId, tasks.map(task => task.id)],
    )
    await expect(forced).rejects.toMatchObject({ code: '23505', constraint: 'claude_jobs_one_per_lane' })
  })

  test('H17 a verify result, summary or error of a lapsed attempt does not pass for the next one', async () => {
    const { api } = await person()
    const { firstTask } = await makeBacklog(api)
    await api.jobs.dispatch({ task_id: firstTask.id })
    const { workerId } = await makeWorker(api)
    const { hold } = await takeJob(api, workerId)
    await api.jobs.recordVerification({
      ...hold,
      verified_sha: 'c'.repeat(40),
      changed_paths: ['hello.js'],
      changed_lines: 1,
      checks: [{ command: 'npm test', passed: true, seconds: 1, output: '' }],
    })
    await api.jobs.giveBack({ ...hold, blame: 'nobody', reason: 'the client went away' })

    const again = await takeJob(api, (await makeWorker(api)).workerId)
    expect(again.hold.job_id).toBe(hold.job_id)
    const job = await api.jobs.get({ job_id: hold.job_id })
    expect(job).toMatchObject({
      checks: null,
      verify_result: null,
      summary: null,
      error: null,
      started_at: null,
      head_sha: null,
    })
    const delivered = api.jobs.deliver({ ...again.hold, head_sha: 'c'.repeat(40), summary: 'nothing verified yet' })
    await expect(delivered).rejects.toMatchObject({ code: 'VERIFY_REQUIRED' })
  })

  test('H18 the plan is frozen at the claim: a change meanwhile is neither shown to the agent nor judged by', async () => {
    const { api } = await person()
    const { firstTask } = await makeBacklog(api, { plan: 'Change `hello.js`.' })
    await api.jobs.dispatch({ task_id: firstTask.id })
    const { offer } = await api.jobs.claim({ worker_id: (await makeWorker(api)).workerId, wait_ms: 0 })
    if (!offer) throw new Error('no offer')
    await db.pool.query('update tasks set implementation_plan = $1 where id = $2', ['Change `other.js`.', firstTask.id])
    const hold = { job_id: offer.job_id, claim_token: offer.claim_token }
    const context = await api.jobs.attach({
      ...hold,
      worktree_path: '/w',
      branch: offer.branch,
      base_sha: 'a'.repeat(40),
    })
    expect(context).toMatchObject({ task: { implementation_plan: 'Change `hello.js`.' } })
    const verdict = await api.jobs.recordVerification({
      ...hold,
      verified_sha: 'b'.repeat(40),
      changed_paths: ['hello.js'],
      changed_lines: 1,
    })
    expect(verdict.result).toBe('aligned')
  })

  test('H7 a wait of one second ends after it, and nothing is claimed afterwards', async () => {
    const { api } = await person()
    const { firstTask } = await makeBacklog(api)
    const { workerId } = await makeWorker(api)
    // A pause of the announcer that began under the other timers would never end.
    await server.announcer.flush()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      let answered = false
      const wait = api.jobs.claim({ worker_id: workerId, wait_ms: 1000 }).finally(() => {
        answered = true
      })
      while (server.dispatcher.waiting === 0) await new Promise(setImmediate)
      await vi.advanceTimersByTimeAsync(999)
      expect(answered).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      expect((await wait).offer).toBeNull()
    } finally {
      vi.useRealTimers()
    }
    expect(server.dispatcher.waiting).toBe(0)
    const job = await api.jobs.dispatch({ task_id: firstTask.id })
    server.dispatcher.ring(null)
    expect((await api.jobs.get({ job_id: job.job_id })).status).toBe('queued')
  })

  test('H1 a job that is enqueued between the first look and the wait is found at once', async () => {
    const { api } = await person()
    const { tasks } = await makeBacklog(api, { stories: 20, tasks: 1 })
    for (const task of tasks) {
      const { workerId } = await makeWorker(api)
      const [answer] = await Promise.all([
        api.jobs.claim({ worker_id: workerId, wait_ms: 30_000 }),
        api.jobs.dispatch({ task_id: task.id }),
      ])
      expect(answer.offer).not.toBeNull()
    }
  })
})
