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

/** Resolves as soon as so many connections to this database wait for a lock. */
export async function untilBlocked(pool: Pool, connections: number): Promise<void> {
  await until(async () => {
    const { rows } = await pool.query<{ blocked: number }>(
      `select count(*)::int as blocked from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rows[0]?.blocked === connections
  })
}
