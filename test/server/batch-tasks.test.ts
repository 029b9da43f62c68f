import { describe, expect, test } from 'vitest'
import { changed, finishExecution, finishSprint, idOf, ONE, skipExecution, THREE, TWO } from '../support/executions.ts'
import { holdSprint, SHA } from '../support/held-jobs.ts'
import { failureOf, taskStatuses } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()

describe('the tasks of a sprint', () => {
  test('are begun in their order, verified by the frozen plan and done at the verified commit only', async () => {
    const { api } = await person()
    const { hold, context } = await holdSprint(api, { tasks: 2 })
    const one = { ...hold, execution_id: idOf(context.task_executions, 0) }
    const two = { ...hold, execution_id: idOf(context.task_executions, 1) }
    expect((await failureOf(api.executions.start(two))).code).toBe('INVALID_TRANSITION')
    const proof = changed(ONE)
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
    const { executions } = await skipExecution(api, hold, ids[0])
    expect(executions).toMatchObject([{ status: 'skipped' }, { base_sha: SHA.base }, { base_sha: null }])
    await finishExecution(api, hold, ids[1], TWO)
    const early = await failureOf(api.jobs.deliver({ ...hold, head_sha: TWO }))
    expect(early).toMatchObject({ code: 'VERIFY_REFUSED', message: expect.stringContaining('is pending') })
    await skipExecution(api, hold, ids[2])
    expect((await failureOf(api.jobs.deliver({ ...hold, head_sha: THREE }))).message).toContain('belong to none')
    expect(await finishSprint(api, hold, TWO)).toMatchObject({ status: 'done' })
    expect(await taskStatuses(db.pool, tasks)).toEqual(['TO_DO', 'DONE', 'TO_DO'])
  })

  test('H58 a conflict moves the base of the one at work to origin’s tip, and asks for a new verification', async () => {
    const { api } = await person()
    const { hold, context } = await holdSprint(api)
    const one = { ...hold, execution_id: idOf(context.task_executions, 0) }
    await api.executions.start(one)
    await api.executions.recordVerification({ ...one, ...changed(ONE) })
    await api.executions.deliver({ ...one, head_sha: ONE })
    expect(await api.executions.reportConflict({ ...one, base_sha: SHA.other })).toMatchObject({
      executions: [{ status: 'running', base_sha: SHA.other, head_sha: null }],
    })
    expect((await failureOf(api.executions.settle({ ...one, outcome: 'done' }))).code).toBe('VERIFY_REQUIRED')
  })
})
