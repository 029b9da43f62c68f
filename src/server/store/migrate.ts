import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import type { Pool } from 'pg'
import { MIGRATION_LOCK } from './with-advisory-lock.ts'

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url))

/** Brings the database up to this version's schema; servers that start together take turns. */
export async function migrate(pool: Pool): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    await applyMigrations(drizzle(client), { migrationsFolder: MIGRATIONS })
    await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK])
  } finally {
    // Destroyed, not pooled: an error above must not leave a connection that still holds the lock.
    client.release(true)
  }
}
