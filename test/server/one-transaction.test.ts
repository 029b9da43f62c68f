import type { Pool } from 'pg'
import { describe, expect, test } from 'vitest'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { makeWorker, takeJob } from '../support/backlog.ts'
import { holdSprint, startRun } from '../support/held-jobs.ts'
import { readRow } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

describe('H30 a lapse settles in one transaction with its events', () => {
  test('the job, attempt and task that go back to the queue', async () => {
    const { api } = await person()
    const { firstTask } = await startRun(api, { tasks: 2 })
    const { hold } = await takeJob(api, (await makeWorker(api)).workerId)
    await lapse()
    expect(await readRow(db.pool, 'claude_jobs', hold.job_id)).toMatchObject({ status: 'QUEUED', retry_count: 1 })
    expect(await readRow(db.pool, 'tasks', firstTask.id)).toMatchObject({ status: 'TO_DO' })
    expect(await writersOf(db.pool, [hold.job_id, firstTask.id])).toEqual([
      ['claude_jobs', 'events', 'job_attempts', 'job_events', 'tasks'],
    ])
  })

  test('a sprint’s job that goes back to the queue, with the execution and task that were begun', async () => {
    const { api } = await person()
    const { hold, execution, task } = await begunSprint(api)
    await lapse()
    expect(await readRow(db.pool, 'claude_jobs', hold.job_id)).toMatchObject({ status: 'QUEUED', retry_count: 1 })
    expect(await readRow(db.pool, 'sprint_task_executions', execution)).toMatchObject({ status: 'PENDING' })
    expect(await readRow(db.pool, 'tasks', task)).toMatchObject({ status: 'TO_DO' })
    expect(await writersOf(db.pool, [hold.job_id, execution, task])).toEqual([
      ['claude_jobs', 'events', 'job_attempts', 'job_events', 'sprint_task_executions', 'tasks'],
    ])
  })

  test('a sprint’s job whose last attempt it was, with its executions, task, story, PBI, run and sprint', async () => {
    const { api } = await person()
    const { hold, context, execution, task, run, sprint, pbi, stories } = await begunSprint(api)
    await db.pool.query('update claude_jobs set max_attempts = 1 where id = $1', [hold.job_id])
    await lapse()
    const executions = context.task_executions.map(({ execution_id }) => execution_id)
    expect(await readRow(db.pool, 'sprint_task_executions', execution)).toMatchObject({ status: 'FAILED' })
    expect(await api.sprints.getRun({ sprint_run_id: run.id })).toMatchObject({
      status: 'failed',
      sprint: { status: 'failed' },
      jobs: [{ status: 'failed' }],
    })
    const ids = [hold.job_id, ...executions, task, run.id, sprint.id, pbi.id, ...stories.map(({ id }) => id)]
    expect(await writersOf(db.pool, ids)).toEqual([
      [
        ...['claude_jobs', 'events', 'job_attempts', 'job_events', 'pbis'],
        ...['sprint_runs', 'sprint_task_executions', 'sprints', 'stories', 'tasks'],
      ],
    ])
  })
})

/** A sprint's job whose first task is being worked on. */
async function begunSprint(api: Parameters<typeof holdSprint>[0]) {
  const held = await holdSprint(api, { tasks: 2 })
  const [execution] = held.context.task_executions
  if (!execution) throw new Error('the sprint has no task')
  await api.executions.start({ ...held.hold, execution_id: execution.execution_id })
  return { ...held, execution: execution.execution_id, task: execution.task_id }
}

async function lapse(): Promise<void> {
  await db.moveClock('6 minutes')
  await reapStaleJobs(server)
}

const TABLES = 'sprints pbis stories tasks sprint_runs claude_jobs sprint_task_executions'.split(' ')

/** The tables that each transaction has written which wrote one of these rows, their attempts, or their last events. */
async function writersOf(pool: Pool, ids: readonly string[]): Promise<string[][]> {
  const rowsById = TABLES.map(table => `select xmin, '${table}' as name from ${table} where id = any($1)`)
  const { rows } = await pool.query<{ names: string[] }>(
    `select array_agg(distinct name order by name) as names from (
       ${rowsById.join(' union all ')}
       union all select xmin, 'job_attempts' from job_attempts where job_id = any($1)
       union all (select xmin, 'job_events' from job_events where job_id = any($1) order by id desc limit 1)
       union all select xmin, 'events' from events where id in (
         select max(id) from events where coalesce(job_id, task_id, sprint_run_id) = any($1) and type <> 'claude_job_enqueued'
          group by job_id, task_id, sprint_run_id, type)) written
     group by xmin::text`,
    [ids],
  )
  return rows.map(({ names }) => names)
}
