import pg from 'pg'
import { toAppError } from './database-error.ts'

/**
 * Runs `work` on connections to a database, as it is: its schema is not looked at. A statement may take as long as it
 * needs, or `patienceMs`.
 */
export async function withPool<T>(
  databaseUrl: string,
  work: (pool: pg.Pool) => Promise<T>,
  patienceMs?: number,
): Promise<T> {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: 'scrum4me',
    max: 2,
    connectionTimeoutMillis: 15_000,
    ...(patienceMs && { query_timeout: patienceMs }),
  })
  // What broke is told by the statement that needs it.
  pool.on('error', () => undefined)
  try {
    return await work(pool)
  } catch (error) {
    throw toAppError(error)
  } finally {
    await pool.end()
  }
}
