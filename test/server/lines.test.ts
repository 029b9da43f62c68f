import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { finishJobDone, first, makeBacklog, makeWorker, takeJob } from '../support/backlog.ts'
import { type Hold, makeSprint, SHA, takeOffer, takeSprint } from '../support/held-jobs.ts'
import { openTestServer } from '../support/server.ts'

const { db, server, person } = await openTestServer()

describe('a new job of a story', () => {
  test('H33 H34 joins the line of those before it, done or not', async () => {
    const { api, dispatch, take } = await setUp(3)
    const [one, two] = [await dispatch(0), await dispatch(1)]
    expect(two.branch).toBe(one.branch)
    await finishJobDone(api, (await take()).hold)
    await finishJobDone(api, (await take()).hold)
    expect((await dispatch(2)).branch).toBe(one.branch)
  })

  test.each(['failed', 'cancelled'] as const)('H34 goes on the next line when the last work on it %s', async end => {
    const { api, dispatch, take } = await setUp(2)
    const one = await dispatch(0)
    await endWithout(api, await take(), end)
    expect((await dispatch(1)).branch).toBe(`${one.branch}-2`)
    expect((await dispatch(0)).branch).toBe(`${one.branch}-2`)
  })

  test('H34 joins it when what was cancelled had not begun', async () => {
    const { api, dispatch } = await setUp(2)
    const one = await dispatch(0)
    await api.jobs.cancel({ job_id: one.job_id })
    expect((await dispatch(1)).branch).toBe(one.branch)
  })

  test('H34 joins it again after the failed job was retried on it', async () => {
    const { api, dispatch, take } = await setUp(2)
    const one = await dispatch(0)
    await endWithout(api, await take(), 'failed')
    expect((await api.jobs.retry({ job_id: one.job_id })).branch).toBe(one.branch)
    expect((await dispatch(1)).branch).toBe(one.branch)
    expect((await take()).offer).toMatchObject({ job_id: one.job_id, branch: one.branch, line: 'begun' })
  })

  test('H33 H34 twenty of them at once agree on one line', async () => {
    const { api, dispatch, take, tasks } = await setUp(20)
    const one = await dispatch(0)
    await endWithout(api, await take(), 'failed')
    const jobs = await Promise.all(tasks.map((_, n) => dispatch(n)))
    expect(new Set(jobs.map(job => job.branch))).toEqual(new Set([`${one.branch}-2`]))
  })
})

test('H34 H58 a line is on origin only once something was pushed: not by a task of a sprint that was only checked', async () => {
  const { api } = await person()
  const { product, pbi } = await makeBacklog(api)
  const story = await api.backlog.createStory({ pbi_id: pbi.id, title: 'Look' })
  for (const verify_only of [true, false])
    await api.backlog.createTask({
      story_id: story.id,
      title: 'Task',
      implementation_plan: 'Look at `hello.js`.',
      verify_only,
    })
  const sprint = await api.sprints.create({ product_id: product.id, goal: 'Look', story_ids: [story.id] })
  await api.sprints.startRun({ sprint_id: sprint.id, execution: 'BATCH' })
  const { workerId } = await makeWorker(api)
  for (const [n, line, head] of [
    [0, 'new', SHA.base],
    [1, 'begun', SHA.head],
  ] as const) {
    const { offer, hold, context } = await takeSprint(api, workerId)
    expect(offer.line).toBe(line)
    await finishExecution(api, { ...hold, execution_id: context.task_executions[n]?.execution_id ?? '' }, head)
    await db.moveClock('40 minutes')
    await reapStaleJobs(server)
  }
  expect((await takeOffer(api, workerId)).offer.line).toBe('pushed')
})

/** Works on one task of a sprint up to its end; at the commit that it started from, nothing is changed. */
async function finishExecution(api: ApiClient, execution: Hold & { execution_id: string }, verified_sha: string) {
  await api.executions.start(execution)
  const changed_paths = verified_sha === SHA.base ? [] : ['hello.js']
  const proof = { verified_sha, changed_paths, changed_lines: changed_paths.length }
  await api.executions.recordVerification({ ...execution, ...proof })
  await api.executions.deliver({ ...execution, head_sha: verified_sha })
  await api.executions.settle({ ...execution, outcome: 'done' })
}

describe('the continuation of a run', () => {
  test('H34 takes up the lines of its own stories, and no broken one of another', async () => {
    const { api } = await person()
    const backlog = await makeBacklog(api, { stories: 2, tasks: 2 })
    const [ours, others] = backlog.stories
    const sprint = await makeSprint(api, { ...backlog, stories: [first(backlog.stories)] })
    const run = await api.sprints.startRun({ sprint_id: sprint.id, pr_strategy: 'STORY' })
    const { workerId } = await makeWorker(api)
    const failed = await takeJob(api, workerId)
    await endWithout(api, failed, 'failed')
    const alone = await api.jobs.dispatch({ task_id: others?.tasks[0]?.id ?? '' })
    await endWithout(api, await takeJob(api, workerId), 'failed')
    await api.backlog.updateTaskStatus({ task_id: others?.tasks[0]?.id ?? '', status: 'todo' })
    await db.pool.query('update stories set sprint_id = $1 where id = $2', [sprint.id, others?.id])
    const next = await api.sprints.startRun({ sprint_id: sprint.id, previous_run_id: run.id })
    const branches = new Map(next.jobs.map(job => [job.task?.code, job.branch]))
    expect(branches.get(ours?.tasks[0]?.code)).toBe(failed.offer.branch)
    expect(branches.get(others?.tasks[0]?.code)).toBe(`${alone.branch}-2`)
  })

  test('H34 of a SPRINT run takes up its branch, and a fresh run has one of its own', async () => {
    const { api } = await person()
    const backlog = await makeBacklog(api, { tasks: 2 })
    const sprint = await makeSprint(api, backlog)
    const run = await api.sprints.startRun({ sprint_id: sprint.id })
    await endWithout(api, await takeJob(api, (await makeWorker(api)).workerId), 'failed')
    const next = await api.sprints.startRun({ sprint_id: sprint.id, previous_run_id: run.id })
    expect(next.branch).toBe(run.branch)
    await api.sprints.cancelRun({ sprint_run_id: next.id })
    const fresh = await api.sprints.startRun({ sprint_id: sprint.id })
    expect(fresh.branch).toMatch(/^feat\/sprint-\w{8}$/)
    expect(fresh.branch).not.toBe(run.branch)
  })
})

describe('leaving a line', () => {
  test('H34 moves all that wait behind the job, and says the same when it is repeated', async () => {
    const { api, dispatch, tasks } = await setUp(3)
    for (const [n] of tasks.entries()) await dispatch(n)
    const { workerId } = await makeWorker(api)
    const { offer, hold, worktree } = await takeOffer(api, workerId)
    const left = { ...hold, branch: offer.branch, reason: 'merged' as const }
    expect(await api.jobs.leaveLine(left)).toEqual({ branch: `${offer.branch}-2` })
    expect(await api.jobs.leaveLine(left)).toEqual({ branch: `${offer.branch}-2` })
    const jobs = await api.jobs.list({})
    expect(new Set(jobs.map(job => job.branch))).toEqual(new Set([`${offer.branch}-2`]))
    await expect(api.jobs.attach({ ...hold, ...worktree })).rejects.toMatchObject({ code: 'GIT_FAILED' })
    await api.jobs.attach({ ...hold, ...worktree, branch: `${offer.branch}-2` })
    expect((await dispatchMore(api, tasks[0]?.story_id ?? '')).branch).toBe(`${offer.branch}-2`)
  })

  test('H22 H34 is refused to one that has its worktree, and to one whose claim has ended', async () => {
    const { api, dispatch, take } = await setUp(1)
    await dispatch(0)
    const { hold, offer } = await take()
    const left = { ...hold, branch: offer.branch, reason: 'gone' as const }
    await expect(api.jobs.leaveLine(left)).rejects.toMatchObject({ code: 'INVALID_TRANSITION' })
    await api.jobs.settle({ ...hold, outcome: 'failed', error: 'The tests are red.' })
    await expect(api.jobs.leaveLine(left)).rejects.toMatchObject({ code: 'LEASE_LOST' })
  })
})

/** A story with tasks, what dispatches one of them, and a worker that takes the next job. */
async function setUp(count: number) {
  const { api } = await person()
  const { tasks } = await makeBacklog(api, { tasks: count })
  const { workerId } = await makeWorker(api)
  return {
    api,
    tasks,
    dispatch: (n: number) => api.jobs.dispatch({ task_id: tasks[n]?.id ?? '' }),
    take: () => takeJob(api, workerId),
  }
}

async function dispatchMore(api: ApiClient, storyId: string) {
  const task = await api.backlog.createTask({ story_id: storyId, title: 'One more', implementation_plan: 'Do it.' })
  return api.jobs.dispatch({ task_id: task.id })
}

/** Ends an attached job without a delivery. */
async function endWithout(
  api: ApiClient,
  { hold }: Pick<Awaited<ReturnType<typeof takeJob>>, 'hold'>,
  end: 'failed' | 'cancelled',
) {
  if (end === 'failed') await api.jobs.settle({ ...hold, outcome: 'failed', error: 'The tests are red.' })
  else await api.jobs.cancel({ job_id: hold.job_id })
}
