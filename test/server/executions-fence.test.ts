import { expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { first, makeWorker } from '../support/backlog.ts'
import { type Hold, holdSprint, SHA, takeSprint } from '../support/held-jobs.ts'
import { dumpRows, failureOf, readRow } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

type ExecutionHold = Hold & { execution_id: string }

/** Every call about one task of a sprint's job. */
const CALLS: Record<keyof ApiClient['executions'], (api: ApiClient, execution: ExecutionHold) => Promise<unknown>> = {
  start: (api, execution) => api.executions.start(execution),
  recordVerification: (api, execution) =>
    api.executions.recordVerification({
      ...execution,
      verified_sha: SHA.head,
      changed_paths: ['hello.js'],
      changed_lines: 1,
    }),
  deliver: (api, execution) => api.executions.deliver({ ...execution, head_sha: SHA.head }),
  reportConflict: (api, execution) => api.executions.reportConflict({ ...execution, base_sha: SHA.other }),
  settle: (api, execution) => api.executions.settle({ ...execution, outcome: 'skipped', reason: 'It is so already.' }),
}

const LOST: Record<string, { code: string; lose: (api: ApiClient, held: Held) => Promise<unknown> }> = {
  'H22 whose lease lapsed': {
    code: 'LEASE_LOST',
    lose: async () => {
      await db.moveClock('6 minutes')
      await reapStaleJobs(server)
    },
  },
  'H22 whose job another attempt holds': {
    code: 'LEASE_LOST',
    lose: async (api, { hold }) => {
      await api.jobs.giveBack({ ...hold, blame: 'nobody', reason: 'left' })
      await takeSprint(api, (await makeWorker(api)).workerId)
    },
  },
  'H22 whose token nobody ever had': {
    code: 'LEASE_LOST',
    lose: async (_, { hold }) => {
      hold.claim_token = '00000000-0000-4000-8000-000000000000'
    },
  },
  'H22 H50 whose run was cancelled': {
    code: 'JOB_CANCELLED',
    lose: (api, { run }) => api.sprints.cancelRun({ sprint_run_id: run.id }),
  },
}
type Held = Awaited<ReturnType<typeof holdSprint>>

test.each(Object.keys(LOST))('%s, the holder of a sprint’s job changes nothing by any call about a task', async how => {
  const { api } = await person()
  const held = await holdSprint(api, { tasks: 2 })
  const { execution_id } = first(held.context.task_executions)
  await api.executions.start({ ...held.hold, execution_id })
  const { code, lose } = LOST[how] ?? {}
  await lose?.(api, held)
  const before = await dumpRows(db.pool)
  for (const [name, call] of Object.entries(CALLS))
    expect.soft((await failureOf(call(api, { ...held.hold, execution_id }))).code, name).toBe(code)
  expect(await dumpRows(db.pool)).toEqual(before)
})

test('H52 an execution of another user answers every call as one that does not exist', async () => {
  const { hold, context } = await holdSprint((await person()).api)
  const { api } = await person()
  const theirs = { ...hold, execution_id: first(context.task_executions).execution_id }
  const before = await dumpRows(db.pool, ['users', 'api_tokens'])
  for (const [name, call] of Object.entries(CALLS)) {
    const none = await failureOf(call(api, { ...theirs, job_id: 'job_unknown' }))
    const answer = await failureOf(call(api, theirs))
    expect.soft(none.code, name).toBe('NOT_FOUND')
    expect.soft(answer.message.replace(hold.job_id, 'job_unknown'), name).toBe(none.message)
  }
  expect(await dumpRows(db.pool, ['users', 'api_tokens'])).toEqual(before)
})

const LEFT = {
  'whose product was archived': 'update products set archived_at = now() where id = $1',
  'whose user left the product': 'delete from product_members where product_id = $1',
}

test.each(Object.keys(LEFT).flatMap(how => Object.keys(CALLS).map(name => [how, name] as const)))(
  'H19 the holder of a sprint’s job %s ends it with %s: PERMISSION_DENIED, and its tasks are to be done',
  async (how, name) => {
    const { api } = await person()
    const { hold, context, product, run } = await holdSprint(api, { tasks: 2 })
    const { execution_id, task_id } = first(context.task_executions)
    await api.executions.start({ ...hold, execution_id })
    await db.pool.query(Object.entries(LEFT).find(([one]) => one === how)?.[1] ?? '', [product.id])
    const call = Object.entries(CALLS).find(([one]) => one === name)?.[1]
    expect((await failureOf(call?.(api, { ...hold, execution_id }) ?? Promise.resolve())).code).toBe(
      'PERMISSION_DENIED',
    )
    expect(await readRow(db.pool, 'claude_jobs', hold.job_id)).toMatchObject({ status: 'CANCELLED' })
    expect(await readRow(db.pool, 'sprint_task_executions', execution_id)).toMatchObject({ status: 'SKIPPED' })
    expect(await readRow(db.pool, 'tasks', task_id)).toMatchObject({ status: 'TO_DO' })
    expect(await readRow(db.pool, 'sprint_runs', run.id)).toMatchObject({ status: 'FAILED' })
  },
)
