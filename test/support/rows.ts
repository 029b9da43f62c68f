import type { Pool } from 'pg'
import { expect } from 'vitest'

/** One row of a table by its id, as the database has it. */
export async function readRow(pool: Pool, table: string, id: string): Promise<Record<string, unknown>> {
  const { rows } = await pool.query<Record<string, unknown>>(`select * from ${table} where id = $1`, [id])
  const [row] = rows
  if (!row) throw new Error(`there is no ${id} in ${table}`)
  return row
}

/** The statuses of tasks in the database, in their order. */
export async function taskStatuses(pool: Pool, tasks: readonly { id: string }[]): Promise<unknown[]> {
  return Promise.all(tasks.map(async ({ id }) => (await readRow(pool, 'tasks', id)).status))
}

/** Everything in the database, and which transaction wrote it: two equal dumps mean that nothing was written. */
export async function dumpRows(pool: Pool, except: readonly string[] = []): Promise<Record<string, string[]>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
  )
  const dump: Record<string, string[]> = {}
  for (const { name } of tables.filter(table => !except.includes(table.name))) {
    const { rows } = await pool.query<{ line: string }>(
      `select xmin || ' ' || t::text as line from "${name}" t order by 1`,
    )
    dump[name] = rows.map(row => row.line)
  }
  return dump
}

/** Types and statuses of the events of one job, or of one run, in order. */
export async function eventsOf(pool: Pool, thing: { job: string } | { run: string }): Promise<string[]> {
  const [column, id] = 'job' in thing ? ['job_id', thing.job] : ['sprint_run_id', thing.run]
  const { rows } = await pool.query<{ line: string }>(
    `select type || ' ' || status as line from events where ${column} = $1 and ($2 or type = 'sprint_run_status') order by id`,
    [id, 'job' in thing],
  )
  return rows.map(row => row.line)
}

/** Seconds from the database's clock until an instant that is written in a row. */
export async function secondsUntil(pool: Pool, table: string, id: string, column: string): Promise<number> {
  const { rows } = await pool.query<{ seconds: number | null }>(
    `select extract(epoch from ${column} - scrum4me_now())::float8 as seconds from ${table} where id = $1`,
    [id],
  )
  const seconds = rows[0]?.seconds
  if (typeof seconds !== 'number') throw new Error(`${column} of ${id} is not set`)
  return seconds
}

/** The code and message with which a call failed; one that succeeds fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<{ code: string; message: string; hint: string }> {
  const answer = await call.then(
    value => ({ answered: value }),
    (error: unknown) => error,
  )
  expect(answer).toMatchObject({ code: expect.any(String), message: expect.any(String) })
  const { code, message, data } = answer as { code: string; message: string; data?: { hint?: string } }
  return { code, message, hint: data?.hint ?? '' }
}

/** Looks again and again, at every turn of the event loop, until something is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(setImmediate)
}
