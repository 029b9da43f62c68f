import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { first, makeBacklog, makeWorker } from '../support/backlog.ts'
import { type Hold, holdSprint, makeSprint, SHA, takeOffer, takeSprint } from '../support/held-jobs.ts'
import { loseAllLeases } from '../support/host.ts'
import { eventsOf, failureOf, readRow } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { db, server, person } = await openTestServer()
const [ONE, TWO, THREE] = ['1'.repeat(40), '2'.repeat(40), '3'.repeat(40)] as const

type Executions = Awaited<ReturnType<typeof holdSprint>>['context']['task_executions']
const idOf = (executions: Executions, n: number) => {
  const execution = executions[n]
  if (!execution) throw new Error(`there is no execution ${n}`)
  return execution.execution_id
}

/** Works on one task of a sprint as a host would, up to its end. */
async function finishExecution(api: ApiClient, hold: Hold, execution_id: string, head_sha: string) {
  const execution = { ...hold, execution_id }
  await api.executions.start(execution)
  await api.executions.recordVerification({
    ...execution,
    verified_sha: head_sha,
    changed_paths: ['hello.js'],
    changed_lines: 3,
  })
  await api.executions.deliver({ ...execution, head_sha })
  return api.executions.settle({ ...execution, outcome: 'done' })
}

const skip = (api: ApiClient, hold: Hold, execution_id: string) =>
  api.executions.settle({ ...hold, execution_id, outcome: 'skipped', reason: 'It is so already.' })

async function finishSprint(api: ApiClient, hold: Hold, head_sha: string) {
  await api.jobs.deliver({ ...hold, head_sha, summary: 'All of it.' })
  return api.jobs.settle({ ...hold, outcome: 'done', pushed: true })
}

const statuses = async (api: ApiClient, sprint_run_id: string) =>
  (await api.sprints.getRun({ sprint_run_id })).task_executions.map(({ status }) => status)
const taskStatuses = async (tasks: readonly { id: string }[]) =>
  Promise.all(tasks.map(async ({ id }) => (await readRow(db.pool, 'tasks', id)).status))

describe('a BATCH run', () => {
  test('H12 is one job that holds every task in its order, with plan, stories and PBIs', async () => {
    const { api } = await person()
    const { run, context, tasks, stories, pbi } = await holdSprint(api, { stories: 2, tasks: 2 })
    expect(run).toMatchObject({ execution: 'BATCH', pr_strategy: 'SPRINT', branch: `feat/sprint-${run.id.slice(-8)}` })
    expect(run.jobs).toHaveLength(1)
    expect(context).toMatchObject({
      kind: 'SPRINT_IMPLEMENTATION',
      config: { max_turns: null, permission_mode: 'bypassPermissions' },
      sprint: { goal: 'Sell more', sprint_goal: 'Sell more', status: 'open' },
      sprint_run: { id: run.id, execution: 'BATCH', pr_strategy: 'SPRINT', previous_run_id: null },
      branch_name: run.branch,
      base_sha: SHA.base,
    })
    expect(context.task_executions.map(({ code, order, status, base_sha }) => [code, order, status, base_sha])).toEqual(
      tasks.map(({ code }, index) => [code, index + 1, 'pending', index === 0 ? SHA.base : null]),
    )
    expect(context.task_executions.map(one => one.plan_snapshot)).toEqual(Array(4).fill('Change `hello.js`.'))
    expect(context.stories.map(story => [story.id, story.pbi_id])).toEqual(stories.map(story => [story.id, pbi.id]))
    expect(context.pbis).toMatchObject([{ id: pbi.id }])
  })

  test('ends done with its sprint when each task was done in turn, each change with its event', async () => {
    const { api } = await person()
    const { run, sprint, hold, context, tasks } = await holdSprint(api, { tasks: 2 })
    const [one, two] = [idOf(context.task_executions, 0), idOf(context.task_executions, 1)]
    const { executions, sprint_run_status } = await finishExecution(api, hold, one, ONE)
    expect(sprint_run_status).toBe('running')
    expect(executions).toMatchObject([
      { status: 'done', base_sha: SHA.base, head_sha: ONE },
      { status: 'pending', base_sha: ONE, head_sha: null },
    ])
    expect(await taskStatuses(tasks)).toEqual(['DONE', 'TO_DO'])
    await finishExecution(api, hold, two, TWO)
    expect(await finishSprint(api, hold, TWO)).toMatchObject({ status: 'done', head_sha: TWO, base_sha: SHA.base })
    expect(await api.sprints.getRun({ sprint_run_id: run.id })).toMatchObject({
      status: 'done',
      sprint: { id: sprint.id, status: 'closed' },
      task_executions: [{ verify_result: 'aligned', head_sha: ONE }, { head_sha: TWO }],
    })
    const lines = await eventsOf(db.pool, { job: hold.job_id })
    expect(lines.filter(line => line.startsWith('task_execution'))).toEqual(
      ['running', 'done', 'running', 'done'].map(status => `task_execution_status ${status}`),
    )
  })

  test('is refused with a PR strategy per story, for tasks of other repositories, and with nothing to do', async () => {
    const { api } = await person()
    const { product, stories } = await makeBacklog(api)
    const sprint = await makeSprint(api, { product, stories })
    const start = (wish: object) =>
      failureOf(api.sprints.startRun({ sprint_id: sprint.id, execution: 'BATCH', ...wish }))
    expect((await start({ pr_strategy: 'STORY' })).code).toBe('VALIDATION_ERROR')
    const elsewhere = await api.backlog.createTask({
      story_id: first(stories).id,
      title: 'Elsewhere',
      implementation_plan: 'Change `a.ts`.',
      repo_url: 'https://example.org/acme/other',
    })
    expect(await start({})).toMatchObject({
      code: 'SPRINT_BLOCKED',
      message: expect.stringContaining(`Task ${elsewhere.code} is for another repository`),
    })
    const empty = await makeSprint(api, { product, stories: [] })
    const nothing = await failureOf(api.sprints.startRun({ sprint_id: empty.id, execution: 'BATCH' }))
    expect(nothing.message).toContain('Nothing is to do')
  })

  test('H48 keeps its tasks and plans although the backlog changes after they were frozen', async () => {
    const { api } = await person()
    const { hold, context, stories } = await holdSprint(api, { stories: 2, tasks: 2 })
    await db.pool.query(`update tasks set sort_order = -sort_order, implementation_plan = 'Change \`other.js\`.'`)
    for (const table of ['stories', 'pbis']) await db.pool.query(`update ${table} set sort_order = -sort_order`)
    await api.backlog.createTask({ story_id: first(stories).id, title: 'Later', implementation_plan: 'Change `a.js`.' })
    const one = idOf(context.task_executions, 0)
    const { executions } = await finishExecution(api, hold, one, ONE)
    expect(executions.map(({ execution_id }) => execution_id)).toEqual(
      context.task_executions.map(({ execution_id }) => execution_id),
    )
  })

  test('H63 a task of it cannot be sent to another agent, before and after its tasks were frozen', async () => {
    const { api } = await person()
    const { product, stories, firstTask } = await makeBacklog(api)
    const sprint = await makeSprint(api, { product, stories })
    await api.sprints.startRun({ sprint_id: sprint.id, execution: 'BATCH' })
    const dispatch = () => failureOf(api.jobs.dispatch({ task_id: firstTask.id }))
    expect((await dispatch()).code).toBe('CONFLICT')
    const { hold, context } = await takeSprint(api, (await makeWorker(api)).workerId)
    expect((await dispatch()).code).toBe('CONFLICT')
    await api.executions.start({ ...hold, execution_id: idOf(context.task_executions, 0) })
    expect((await failureOf(api.backlog.updateTaskStatus({ task_id: firstTask.id, status: 'done' }))).code).toBe(
      'CONFLICT',
    )
  })

  test('H63 a task that got a job of its own at the moment of the freezing is left to that', async () => {
    const { api } = await person()
    const { product, stories, tasks } = await makeBacklog(api, { tasks: 2 })
    const sprint = await makeSprint(api, { product, stories })
    await api.sprints.startRun({ sprint_id: sprint.id, execution: 'BATCH' })
    await db.pool.query(
      `insert into claude_jobs (id, user_id, product_id, kind, task_id, repo_key, branch)
       select 'job_' || id, (select user_id from products where id = product_id), product_id, 'TASK_IMPLEMENTATION', id, 'x', 'y'
         from tasks where id = $1`,
      [first(tasks).id],
    )
    const { context } = await takeSprint(api, (await makeWorker(api)).workerId)
    expect(context.task_executions.map(({ task_id }) => task_id)).toEqual([tasks[1]?.id])
  })

  test('a task that a person finishes before its turn is taken out of it', async () => {
    const { api } = await person()
    const { run, hold, context, tasks } = await holdSprint(api, { tasks: 2 })
    await api.backlog.updateTaskStatus({ task_id: first(tasks).id, status: 'done' })
    expect(await statuses(api, run.id)).toEqual(['skipped', 'pending'])
    const { executions } = await finishExecution(api, hold, idOf(context.task_executions, 1), TWO)
    expect(executions[1]).toMatchObject({ base_sha: SHA.base, head_sha: TWO })
    expect(await taskStatuses(tasks)).toEqual(['DONE', 'DONE'])
  })

  test('a run whose tasks are all gone when an agent comes to it ends without one', async () => {
    const { api } = await person()
    const { product, stories, firstTask } = await makeBacklog(api)
    const sprint = await makeSprint(api, { product, stories })
    const run = await api.sprints.startRun({ sprint_id: sprint.id, execution: 'BATCH' })
    await api.backlog.updateTaskStatus({ task_id: firstTask.id, status: 'done' })
    const { hold, worktree } = await takeOffer(api, (await makeWorker(api)).workerId)
    expect((await failureOf(api.jobs.attach({ ...hold, ...worktree }))).code).toBe('LEASE_LOST')
    expect(await api.sprints.getRun({ sprint_run_id: run.id })).toMatchObject({
      status: 'done',
      sprint: { status: 'closed' },
      jobs: [{ status: 'skipped', error: expect.stringContaining('Nothing was left') }],
    })
  })
})

describe('the tasks of a sprint', () => {
  test('are begun in their order, verified by the frozen plan and done at the verified commit only', async () => {
    const { api } = await person()
    const { hold, context } = await holdSprint(api, { tasks: 2 })
    const [one, two] = [0, 1].map(n => ({ ...hold, execution_id: idOf(context.task_executions, n) })) as [Hold2, Hold2]
    expect((await failureOf(api.executions.start(two))).code).toBe('INVALID_TRANSITION')
    const proof = { verified_sha: ONE, changed_paths: ['hello.js'], changed_lines: 3 }
    expect((await failureOf(api.executions.recordVerification({ ...one, ...proof }))).code).toBe('INVALID_TRANSITION')
    await api.executions.start(one)
    expect(await api.executions.start(one)).toMatchObject({
      executions: [{ status: 'running' }, { status: 'pending' }],
    })
    expect((await failureOf(api.executions.settle({ ...one, outcome: 'done' }))).code).toBe('VERIFY_REQUIRED')
    const off = await api.executions.recordVerification({ ...one, ...proof, changed_paths: ['x.js'] })
    expect(off).toMatchObject({ result: 'divergent', allowed_for_done: false, reason: expect.any(String) })
    expect((await failureOf(api.executions.deliver({ ...one, head_sha: ONE }))).code).toBe('VERIFY_REFUSED')
    const red = [{ command: 'npm test', passed: false, seconds: 1, output: 'red' }]
    const failing = await api.executions.recordVerification({ ...one, ...proof, checks: red })
    expect(failing).toMatchObject({
      result: 'aligned',
      allowed_for_done: false,
      reason: expect.stringContaining('npm test'),
    })
    expect(await api.executions.recordVerification({ ...one, ...proof })).toMatchObject({
      allowed_for_done: true,
      reason: null,
    })
    expect((await failureOf(api.executions.deliver({ ...one, head_sha: TWO }))).code).toBe('VERIFY_REQUIRED')
    await api.executions.deliver({ ...one, head_sha: ONE })
    await api.executions.settle({ ...one, outcome: 'done' })
    expect(await api.executions.settle({ ...one, outcome: 'done' })).toMatchObject({
      executions: [{ status: 'done' }, {}],
    })
    const verifyJob = api.jobs.recordVerification({ ...hold, ...proof })
    expect((await failureOf(verifyJob)).hint).toContain('verify_sprint_task')
  })

  test('H49 a skipped first one leaves the second a base; a skip needs a reason, and the gate lists what is open', async () => {
    const { api } = await person()
    const { hold, context, tasks } = await holdSprint(api, { tasks: 3 })
    const ids = context.task_executions.map(({ execution_id }) => execution_id) as [string, string, string]
    const bare = { ...hold, execution_id: ids[0], outcome: 'skipped' as const }
    expect((await failureOf(api.executions.settle({ ...bare, reason: 'No.' }))).code).toBe('VALIDATION_ERROR')
    const { executions } = await skip(api, hold, ids[0])
    expect(executions).toMatchObject([{ status: 'skipped' }, { base_sha: SHA.base }, { base_sha: null }])
    await finishExecution(api, hold, ids[1], TWO)
    const early = await failureOf(api.jobs.deliver({ ...hold, head_sha: TWO }))
    expect(early).toMatchObject({ code: 'VERIFY_REFUSED', message: expect.stringContaining('is pending') })
    await skip(api, hold, ids[2])
    expect((await failureOf(api.jobs.deliver({ ...hold, head_sha: THREE }))).message).toContain('belong to none')
    expect(await finishSprint(api, hold, TWO)).toMatchObject({ status: 'done' })
    expect(await taskStatuses(tasks)).toEqual(['TO_DO', 'DONE', 'TO_DO'])
  })

  test('H58 a conflict moves the base of the one at work to origin’s tip, and asks for a new verification', async () => {
    const { api } = await person()
    const { hold, context } = await holdSprint(api)
    const one = { ...hold, execution_id: idOf(context.task_executions, 0) }
    await api.executions.start(one)
    await api.executions.recordVerification({
      ...one,
      verified_sha: ONE,
      changed_paths: ['hello.js'],
      changed_lines: 1,
    })
    await api.executions.deliver({ ...one, head_sha: ONE })
    expect(await api.executions.reportConflict({ ...one, base_sha: SHA.other })).toMatchObject({
      executions: [{ status: 'running', base_sha: SHA.other, head_sha: null }],
    })
    expect((await failureOf(api.executions.settle({ ...one, outcome: 'done' }))).code).toBe('VERIFY_REQUIRED')
  })
})
type Hold2 = Hold & { execution_id: string }

describe('a sprint whose attempt died', () => {
  test('H47 H24 resumes: finished tasks stay finished, the interrupted one starts over, none vanishes', async () => {
    const { api } = await person()
    const { run, hold, context, tasks } = await holdSprint(api, { tasks: 3 })
    const ids = context.task_executions.map(({ execution_id }) => execution_id) as [string, string, string]
    await finishExecution(api, hold, ids[0], ONE)
    const two = { ...hold, execution_id: ids[1] }
    await api.executions.start(two)
    await api.executions.recordVerification({
      ...two,
      verified_sha: TWO,
      changed_paths: ['hello.js'],
      changed_lines: 1,
    })
    await api.executions.deliver({ ...two, head_sha: TWO })
    await loseAllLeases({ db, server })
    expect(await statuses(api, run.id)).toEqual(['done', 'pending', 'pending'])
    expect(await taskStatuses(tasks)).toEqual(['DONE', 'TO_DO', 'TO_DO'])
    expect((await failureOf(api.executions.settle({ ...two, outcome: 'done' }))).code).toBe('LEASE_LOST')

    const again = await takeSprint(api, (await makeWorker(api)).workerId)
    expect(again.offer).toMatchObject({ job_id: hold.job_id, base_sha: ONE })
    expect(again.context.base_sha).toBe(SHA.base)
    expect(again.context.task_executions).toMatchObject([
      { execution_id: ids[0], status: 'done', head_sha: ONE },
      { execution_id: ids[1], status: 'pending', base_sha: ONE, head_sha: null },
      { execution_id: ids[2], status: 'pending' },
    ])
    const next = { ...again.hold, execution_id: ids[1] }
    await api.executions.start(next)
    expect((await failureOf(api.executions.deliver({ ...next, head_sha: TWO }))).code).toBe('VERIFY_REQUIRED')
  })

  test('H30 too often settles all that hangs on it: executions, tasks, story, PBI, run and sprint', async () => {
    const { api } = await person()
    const { run, hold, context, tasks, stories, pbi, sprint } = await holdSprint(api, { tasks: 3 })
    const ids = context.task_executions.map(({ execution_id }) => execution_id) as [string, string, string]
    await finishExecution(api, hold, ids[0], ONE)
    await db.pool.query('update claude_jobs set max_attempts = 1 where id = $1', [hold.job_id])
    await api.executions.start({ ...hold, execution_id: ids[1] })
    await loseAllLeases({ db, server })
    expect(await statuses(api, run.id)).toEqual(['done', 'failed', 'skipped'])
    expect(await taskStatuses(tasks)).toEqual(['DONE', 'FAILED', 'TO_DO'])
    const states = [
      ['claude_jobs', hold.job_id],
      ['stories', first(stories).id],
      ['pbis', pbi.id],
      ['sprint_runs', run.id],
      ['sprints', sprint.id],
    ] as const
    for (const [table, id] of states) expect((await readRow(db.pool, table, id)).status, table).toBe('FAILED')
  })

  test('H47 goes on in a new run with what is not finished, from the last finished commit, on the same branch', async () => {
    const { api } = await person()
    const { run, sprint, hold, context, tasks } = await holdSprint(api, { tasks: 3 })
    const ids = context.task_executions.map(({ execution_id }) => execution_id) as [string, string, string]
    await finishExecution(api, hold, ids[0], ONE)
    const two = { ...hold, execution_id: ids[1] }
    await api.executions.start(two)
    await api.executions.settle({ ...two, outcome: 'failed', reason: 'The key is missing.' })
    expect((await failureOf(api.jobs.settle({ ...hold, outcome: 'skipped', error: 'Nothing to do here.' }))).code).toBe(
      'INVALID_TRANSITION',
    )
    await api.jobs.settle({ ...hold, outcome: 'failed', error: 'The key is missing.' })
    expect(await statuses(api, run.id)).toEqual(['done', 'failed', 'skipped'])

    const next = await api.sprints.startRun({ sprint_id: sprint.id, previous_run_id: run.id })
    expect(next).toMatchObject({ execution: 'BATCH', branch: run.branch, sprint: { status: 'open' } })
    const again = await takeSprint(api, (await makeWorker(api)).workerId)
    expect(again.offer).toMatchObject({ base_sha: ONE, branch: run.branch })
    expect(again.context.task_executions.map(({ code }) => code)).toEqual(tasks.slice(1).map(({ code }) => code))
  })
})

describe('a BATCH run that is paused or cancelled', () => {
  test('H50 begins no further task, lets the one at work be finished, and is told so with each answer', async () => {
    const { api } = await person()
    const { run, hold, context } = await holdSprint(api, { tasks: 2 })
    const ids = context.task_executions.map(({ execution_id }) => execution_id) as [string, string]
    await api.executions.start({ ...hold, execution_id: ids[0] })
    await api.sprints.pauseRun({ sprint_run_id: run.id, reason: 'Lunch.' })
    const renewed = await api.jobs.renew(hold)
    expect(renewed).toMatchObject({ sprint_run_status: 'paused', sprint_run_pause_reason: 'Lunch.' })
    expect(await finishExecution(api, hold, ids[0], ONE)).toMatchObject({ sprint_run_status: 'paused' })
    const refused = await failureOf(api.executions.start({ ...hold, execution_id: ids[1] }))
    expect(refused).toMatchObject({ code: 'INVALID_TRANSITION', hint: expect.stringContaining('release_job') })
    await api.jobs.giveBack({ ...hold, blame: 'nobody', reason: 'The run is paused.' })
    const { workerId } = await makeWorker(api)
    expect((await api.jobs.claim({ worker_id: workerId, wait_ms: 0 })).offer).toBeNull()
    await api.sprints.resumeRun({ sprint_run_id: run.id })
    const again = await takeSprint(api, workerId)
    expect(again.context.task_executions).toMatchObject([{ status: 'done' }, { status: 'pending', base_sha: ONE }])
  })

  test('H50 ends at once: the open tasks are to do again, the finished ones stay done', async () => {
    const { api } = await person()
    const { run, hold, context, tasks } = await holdSprint(api, { tasks: 3 })
    const ids = context.task_executions.map(({ execution_id }) => execution_id) as [string, string, string]
    await finishExecution(api, hold, ids[0], ONE)
    await api.executions.start({ ...hold, execution_id: ids[1] })
    await api.sprints.cancelRun({ sprint_run_id: run.id })
    expect((await failureOf(api.executions.start({ ...hold, execution_id: ids[1] }))).code).toBe('JOB_CANCELLED')
    expect(await statuses(api, run.id)).toEqual(['done', 'skipped', 'skipped'])
    expect(await taskStatuses(tasks)).toEqual(['DONE', 'TO_DO', 'TO_DO'])
  })
})
