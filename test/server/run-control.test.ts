import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { finishJobDone, first, makeWorker, takeJob } from '../support/backlog.ts'
import { type Hold, makeSprint, SHA, startRun, takeOffer, verify } from '../support/held-jobs.ts'
import { eventsOf, failureOf, readRow } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { db, server, person } = await openTestServer()

const fail = (api: ApiClient, hold: Hold) =>
  api.jobs.settle({ ...hold, outcome: 'failed', error: 'The tests are red.' })
const claimOf = async (api: ApiClient, workerId: string) =>
  (await api.jobs.claim({ worker_id: workerId, wait_ms: 0 })).offer

describe('a run of PR strategy STORY', () => {
  test('H15 has a branch per story: stories go side by side, the tasks of one in order', async () => {
    const { api } = await person()
    const { run, stories } = await startStoryRun(api, { stories: 2, tasks: 2 })
    expect(run.branch).toBeNull()
    const branches = stories.map(story => `feat/story-${story.id.slice(-8)}`)
    expect(run.jobs.map(job => job.branch)).toEqual([branches[0], branches[0], branches[1], branches[1]])
    const [a, b, c] = [await makeWorker(api), await makeWorker(api), await makeWorker(api)]
    const taken = [await takeJob(api, a.workerId), await takeJob(api, b.workerId)]
    expect(taken.map(({ offer }) => offer.branch)).toEqual(branches)
    expect(await claimOf(api, c.workerId)).toBeNull()
  })

  test('goes on with the other stories when one fails, and has failed at its end', async () => {
    const { api } = await person()
    const { run } = await startStoryRun(api, { stories: 2, tasks: 2 })
    const { workerId } = await makeWorker(api)
    await fail(api, (await takeJob(api, workerId)).hold)
    expect(await statusesOf(api, run.id)).toEqual(['failed', 'cancelled', 'queued', 'queued'])
    for (const _ of [1, 2]) await finishJobDone(api, (await takeJob(api, workerId)).hold)
    expect((await api.sprints.getRun({ sprint_run_id: run.id })).status).toBe('failed')
  })

  test('takes a failed job back with all that it took along, while the run lives', async () => {
    const { api } = await person()
    const { run, firstTask } = await startStoryRun(api, { stories: 2, tasks: 2 })
    const { workerId } = await makeWorker(api)
    const { hold } = await takeJob(api, workerId)
    await fail(api, hold)
    expect(await api.jobs.retry({ job_id: hold.job_id })).toMatchObject({
      status: 'queued',
      retry_count: 0,
      error: null,
    })
    expect(await statusesOf(api, run.id)).toEqual(['queued', 'queued', 'queued', 'queued'])
    expect(await readRow(db.pool, 'tasks', firstTask.id)).toMatchObject({ status: 'TO_DO' })
    expect((await failureOf(api.jobs.renew(hold))).code).toBe('LEASE_LOST')
    expect((await takeJob(api, workerId)).hold.job_id).toBe(hold.job_id)
  })
})

describe('a run that is paused', () => {
  test('H14 gives no job away, keeps what is at work, and wakes the waiters when it goes on', async () => {
    const { api } = await person()
    const { run } = await startStoryRun(api, { stories: 2, tasks: 1 })
    const [a, b] = [await makeWorker(api), await makeWorker(api)]
    const { hold } = await takeJob(api, a.workerId)
    const paused = await api.sprints.pauseRun({ sprint_run_id: run.id, reason: 'Lunch.' })
    expect(paused).toMatchObject({ status: 'paused', pause_reason: 'Lunch.' })
    expect(await claimOf(api, b.workerId)).toBeNull()
    await finishJobDone(api, hold)

    const wait = api.jobs.claim({ worker_id: b.workerId, wait_ms: 60_000 })
    while (server.dispatcher.waiting === 0) await new Promise(setImmediate)
    expect(await api.sprints.resumeRun({ sprint_run_id: run.id })).toMatchObject({
      status: 'running',
      pause_reason: null,
    })
    expect((await wait).offer?.job_id).toBe(run.jobs[1]?.job_id)
  })

  test('H14 gets an offer back that was under way, uncharged', async () => {
    const { api } = await person()
    const { run } = await startRun(api)
    const { workerId } = await makeWorker(api)
    const { hold, worktree } = await takeOffer(api, workerId)
    await api.sprints.pauseRun({ sprint_run_id: run.id })
    expect((await failureOf(api.jobs.attach({ ...hold, ...worktree }))).code).toBe('LEASE_LOST')
    expect(await api.jobs.get({ job_id: hold.job_id })).toMatchObject({
      status: 'queued',
      retry_count: 0,
      setup_failures: 0,
    })
    await api.sprints.resumeRun({ sprint_run_id: run.id })
    expect((await claimOf(api, workerId))?.job_id).toBe(hold.job_id)
  })
})

describe('a run that is cancelled', () => {
  test('H50 ends at once with its jobs; the holder is told so by its next call', async () => {
    const { api } = await person()
    const { run } = await startStoryRun(api, { stories: 2, tasks: 2 })
    const { workerId } = await makeWorker(api)
    const { hold } = await takeJob(api, workerId)
    const cancelled = await api.sprints.cancelRun({ sprint_run_id: run.id })
    expect(cancelled).toMatchObject({ status: 'cancelled', sprint: { status: 'open' } })
    expect(cancelled.jobs.map(job => job.status)).toEqual(Array(4).fill('cancelled'))
    expect((await failureOf(api.jobs.renew(hold))).code).toBe('JOB_CANCELLED')
    expect(await eventsOf(db.pool, { run: run.id })).toContain('sprint_run_status cancelled')
    expect(await api.sprints.cancelRun({ sprint_run_id: run.id })).toMatchObject({ status: 'cancelled' })
  })

  test('H58 leaves a job that passed deliver to the look at origin: it settles, and the run stays cancelled', async () => {
    const { api } = await person()
    const { run } = await startRun(api)
    const { hold } = await takeJob(api, (await makeWorker(api)).workerId)
    await verify(api, hold, SHA.head)
    await api.jobs.deliver({ ...hold, head_sha: SHA.head, summary: 'Changed the greeting as planned.' })
    await api.sprints.cancelRun({ sprint_run_id: run.id })
    expect(await statusesOf(api, run.id)).toEqual(['running'])
    expect(await api.jobs.settle({ ...hold, outcome: 'done', pushed: true })).toMatchObject({ status: 'done' })
    expect((await api.sprints.getRun({ sprint_run_id: run.id })).status).toBe('cancelled')
  })
})

describe('a run that goes on where another ended', () => {
  test('takes the failed and the open tasks, on the same branch, and makes the sprint open again', async () => {
    const { api } = await person()
    const { run, sprint, tasks } = await startRun(api, { tasks: 3 })
    const { workerId } = await makeWorker(api)
    await finishJobDone(api, (await takeJob(api, workerId)).hold)
    const { hold } = await takeJob(api, workerId)
    await fail(api, hold)
    expect((await failureOf(api.jobs.retry({ job_id: hold.job_id }))).hint).toContain(`"previous_run_id": "${run.id}"`)
    expect((await failureOf(api.sprints.startRun({ sprint_id: sprint.id }))).message).toContain('previous_run_id')

    const next = await api.sprints.startRun({ sprint_id: sprint.id, previous_run_id: run.id })
    expect(next).toMatchObject({ branch: run.branch, previous_run_id: run.id, sprint: { status: 'open' } })
    expect(next.jobs.map(job => job.task?.code)).toEqual(tasks.slice(1).map(task => task.code))
    for (const _ of next.jobs) await finishJobDone(api, (await takeJob(api, workerId)).hold)
    expect(await api.sprints.getRun({ sprint_run_id: next.id })).toMatchObject({
      status: 'done',
      sprint: { status: 'closed' },
    })
  })

  test('is refused while the other lives, of another sprint, and with another PR strategy', async () => {
    const { api } = await person()
    const { run, sprint, product } = await startRun(api)
    const other = await makeSprint(api, { product, stories: [] })
    const startAgain = (wish: object) =>
      failureOf(api.sprints.startRun({ sprint_id: sprint.id, previous_run_id: run.id, ...wish }))
    expect((await startAgain({})).code).toBe('CONFLICT')
    await api.sprints.cancelRun({ sprint_run_id: run.id })
    expect((await startAgain({ pr_strategy: 'STORY' })).code).toBe('CONFLICT')
    expect((await startAgain({ sprint_id: other.id })).code).toBe('NOT_FOUND')
  })
})

async function startStoryRun(api: ApiClient, wish: { stories: number; tasks: number }) {
  const started = await startRun(api, wish)
  await api.sprints.cancelRun({ sprint_run_id: started.run.id })
  const run = await api.sprints.startRun({ sprint_id: started.sprint.id, pr_strategy: 'STORY' })
  return { ...started, run, firstTask: first(started.tasks) }
}

async function statusesOf(api: ApiClient, runId: string): Promise<string[]> {
  return (await api.sprints.getRun({ sprint_run_id: runId })).jobs.map(job => job.status)
}
