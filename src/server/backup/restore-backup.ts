import { AppError } from '../../errors.ts'
import { holdsRows } from '../store/backup/list-tables.ts'
import type { Pool } from '../store/database.ts'
import { adoptMovedEvents } from '../store/events/read-events.ts'
import { withMigrationLock } from '../store/migrate.ts'
import { type AppliedMigration, applyMigrations, readAppliedMigrations } from '../store/migrating/applied-migrations.ts'
import { type KnownMigration, readKnownMigrations } from '../store/migrating/known-migrations.ts'
import { tooOld } from '../store/migrating/plan-migrations.ts'
import type { Head } from './backup-format.ts'
import { importBackup } from './import-backup.ts'
import { inspectBackup } from './read-backup.ts'

export interface RestoreWish {
  path: string
  /** Of this Scrum4Me. */
  version: string
  migrations?: readonly KnownMigration[]
}

/**
 * Puts a backup into an empty database: the schema that the backup is of, its rows, and then what this version has
 * changed since. CONFLICT when the database is not empty, VERSION_MISMATCH when the backup is of a newer version.
 */
export async function restoreBackup(pool: Pool, wish: RestoreWish): Promise<Head> {
  const { path, version, migrations = await readKnownMigrations() } = wish
  const { head, tables } = await inspectBackup(path)
  const [then, since] = split(migrations, head, version)
  await withMigrationLock(pool, async client => {
    const applied = await readAppliedMigrations(client)
    if ((await holdsRows(client)) || isOther(applied, then)) throw notEmpty()
    await applyMigrations(client, without(then, applied), version)
    await importBackup(client, path, tables)
    await applyMigrations(client, since, version)
    await adoptMovedEvents(client)
  })
  return head
}

/** The migrations that a backup is of, and those that came since. */
function split(known: readonly KnownMigration[], head: Head, version: string): [KnownMigration[], KnownMigration[]] {
  const then = known.filter(({ when }) => head.migrations.some(migration => migration.when === when))
  if (then.length < head.migrations.length) throw tooOld(version, head.made_by, 'This backup')
  return [then, without(known, then)]
}

function without(migrations: readonly KnownMigration[], others: readonly { when: number }[]): KnownMigration[] {
  return migrations.filter(({ when }) => !others.some(other => other.when === when))
}

/** Whether a database, though empty, has a schema that is not on the way to the wanted one. */
function isOther(applied: readonly AppliedMigration[], wanted: readonly KnownMigration[]): boolean {
  return applied.some(({ when }) => !wanted.some(migration => migration.when === when))
}

function notEmpty(): AppError {
  return new AppError('CONFLICT', 'A backup goes into an empty database, and this one is not. Nothing was changed.', {
    hint: 'Create an empty database and set DATABASE_URL to it.',
  })
}
