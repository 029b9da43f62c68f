import { describe, expect, test } from 'vitest'
import { first, makeWorker } from '../support/backlog.ts'
import { changed, executionStatuses, finishExecution, ONE, TWO } from '../support/executions.ts'
import { holdSprint, SHA, takeSprint } from '../support/held-jobs.ts'
import { loseAllLeases } from '../support/host.ts'
import { failureOf, readRow, taskStatuses } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { db, server, person } = await openTestServer()

describe('a sprint whose attempt died', () => {
  test('H47 H24 resumes: finished tasks stay finished, the interrupted one starts over, none vanishes', async () => {
    const { api } = await person()
    const { run, hold, context, tasks } = await holdSprint(api, { tasks: 3 })
    const ids = context.task_executions.map(({ execution_id }) => execution_id) as [string, string, string]
    await finishExecution(api, hold, ids[0], ONE)
    const two = { ...hold, execution_id: ids[1] }
    await api.executions.start(two)
    await api.executions.recordVerification({ ...two, ...changed(TWO) })
    await api.executions.deliver({ ...two, head_sha: TWO })
    await loseAllLeases({ db, server })
    expect(await executionStatuses(api, run.id)).toEqual(['done', 'pending', 'pending'])
    expect(await taskStatuses(db.pool, tasks)).toEqual(['DONE', 'TO_DO', 'TO_DO'])
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
    expect(await executionStatuses(api, run.id)).toEqual(['done', 'failed', 'skipped'])
    expect(await taskStatuses(db.pool, tasks)).toEqual(['DONE', 'FAILED', 'TO_DO'])
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
    expect(await executionStatuses(api, run.id)).toEqual(['done', 'failed', 'skipped'])

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
    expect(await executionStatuses(api, run.id)).toEqual(['done', 'skipped', 'skipped'])
    expect(await taskStatuses(db.pool, tasks)).toEqual(['DONE', 'TO_DO', 'TO_DO'])
  })
})
