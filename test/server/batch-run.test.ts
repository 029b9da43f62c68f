import { describe, expect, test } from 'vitest'
import { first, makeBacklog, makeWorker } from '../support/backlog.ts'
import { executionStatuses, finishExecution, finishSprint, idOf, ONE, TWO } from '../support/executions.ts'
import { holdSprint, makeSprint, SHA, takeOffer, takeSprint } from '../support/held-jobs.ts'
import { eventsOf, failureOf, taskStatuses } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()

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
    expect(await taskStatuses(db.pool, tasks)).toEqual(['DONE', 'TO_DO'])
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
    expect(await executionStatuses(api, run.id)).toEqual(['skipped', 'pending'])
    const { executions } = await finishExecution(api, hold, idOf(context.task_executions, 1), TWO)
    expect(executions[1]).toMatchObject({ base_sha: SHA.base, head_sha: TWO })
    expect(await taskStatuses(db.pool, tasks)).toEqual(['DONE', 'DONE'])
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
