import type { Pool } from 'pg'
import { until } from './rows.ts'

/** Takes a lock by a statement, as another transaction would, until the result is called. */
export async function holdLock(pool: Pool, statement: string, values: unknown[] = []): Promise<() => Promise<void>> {
  const client = await pool.connect()
  await client.query('begin')
  await client.query(statement, values)
  return async () => {
    await client.query('rollback')
    client.release()
  }
}

/**
 * Resolves as soon as so many connections to this database wait for the lock of a row or a table, or an advisory one.
 * The moment for which commits with a NOTIFY wait for each other (`object`) is no such wait.
 */
export async function untilBlocked(pool: Pool, connections: number): Promise<void> {
  await until(async () => {
    const { rows } = await pool.query<{ blocked: number }>(
      `select count(*)::int as blocked from pg_stat_activity
        where datname = current_database()
          and wait_event_type = 'Lock' and wait_event in ('relation', 'tuple', 'transactionid', 'advisory')`,
    )
    return rows[0]?.blocked === connections
  })
}

/** Two calls that meet at a row: the second one begins while the first one waits for the row's lock. */
export async function meetAtRow<First, Second>(
  pool: Pool,
  { table, id }: { table: 'tasks' | 'sprint_runs'; id: string },
  one: () => Promise<First>,
  other: () => Promise<Second>,
): Promise<[PromiseSettledResult<First>, PromiseSettledResult<Second>]> {
  const unlock = await holdLock(pool, `select 1 from ${table} where id = $1 for update`, [id])
  const begun = one()
  begun.catch(() => undefined)
  await untilBlocked(pool, 1)
  const followed = other()
  followed.catch(() => undefined)
  await untilBlocked(pool, 2)
  await unlock()
  return Promise.allSettled([begun, followed])
}
