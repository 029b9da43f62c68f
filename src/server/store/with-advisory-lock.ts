import type { Pool } from 'pg'
import { borrowClient } from './borrow-client.ts'

/** The locks of a database, by numbers that nothing else there uses. */
export const MIGRATION_LOCK = 5_340_001
export const REAPER_LOCK = 5_340_002
/** Held by the server that looks after an embedded database. */
export const INSTALLATION_LOCK = 5_340_003

/** Runs `work` if no other server holds the lock at the moment; else returns null at once. */
export async function withAdvisoryLock<T>(pool: Pool, key: number, work: () => Promise<T>): Promise<T | null> {
  const { client, giveBack } = await borrowClient(pool)
  let clean = false
  try {
    const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [key])
    if (!rows[0]?.locked) {
      clean = true
      return null
    }
    const result = await work()
    await client.query('select pg_advisory_unlock($1)', [key])
    clean = true
    return result
  } finally {
    // After an error the connection is ended, and the lock goes with it.
    giveBack({ end: !clean })
  }
}
