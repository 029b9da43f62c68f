import type { Pool } from 'pg'

/** Runs `work` if no other server holds the lock at the moment; else returns null at once. */
export async function withAdvisoryLock<T>(pool: Pool, key: number, work: () => Promise<T>): Promise<T | null> {
  const client = await pool.connect()
  let broken = true
  try {
    const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [key])
    if (!rows[0]?.locked) {
      broken = false
      return null
    }
    const result = await work()
    await client.query('select pg_advisory_unlock($1)', [key])
    broken = false
    return result
  } finally {
    // After an error the connection is destroyed, and the lock goes with it.
    client.release(broken)
  }
}
