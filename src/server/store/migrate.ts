import type { Pool, PoolClient } from 'pg'
import { borrowClient } from './borrow-client.ts'
import { applyMigrations, readAppliedMigrations } from './migrating/applied-migrations.ts'
import { type KnownMigration, readKnownMigrations } from './migrating/known-migrations.ts'
import { planMigrations } from './migrating/plan-migrations.ts'
import { MIGRATION_LOCK } from './with-advisory-lock.ts'

export interface MigrateOptions {
  /** Of this Scrum4Me; is written down beside what it applies. */
  version: string
  /** Called before a database that was in use is changed; what it throws stops the migration. */
  save: (client: PoolClient, first: KnownMigration) => Promise<void>
  migrations?: readonly KnownMigration[]
}

/**
 * Brings the database up to this version's schema; servers that start together take turns. VERSION_MISMATCH when it
 * is of a newer version.
 */
export async function migrate(pool: Pool, options: MigrateOptions): Promise<void> {
  const { version, save, migrations = await readKnownMigrations() } = options
  await withMigrationLock(pool, async client => {
    const applied = await readAppliedMigrations(client)
    const pending = planMigrations(migrations, applied, version)
    const [first] = pending
    if (first && applied.length > 0) await save(client, first)
    await applyMigrations(client, pending, version)
  })
}

/** Runs `work` while nobody else changes the schema of this database. */
export async function withMigrationLock<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const { client, giveBack } = await borrowClient(pool)
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    const result = await work(client)
    await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK])
    return result
  } finally {
    // Not used again: an error above must not leave a connection that still holds the lock.
    giveBack({ end: true })
  }
}
