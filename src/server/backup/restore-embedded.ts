import { AppError } from '../../errors.ts'
import { replaceDatabase } from '../postgres/replace-database.ts'
import { holdsRows } from '../store/backup/list-tables.ts'
import type { Pool } from '../store/database.ts'
import { INSTALLATION_LOCK, withAdvisoryLock } from '../store/with-advisory-lock.ts'
import { withPool } from '../store/with-pool.ts'
import { before } from './backup-files.ts'
import type { Head } from './backup-format.ts'
import { type RestoreWish, restoreBackup } from './restore-backup.ts'
import { saveDatabase } from './save-database.ts'

/**
 * Puts a backup in the place of an embedded database, which is saved first; answers with the path of that, or null if it
 * was empty. CONFLICT while a server is at work on it.
 */
export async function restoreEmbedded(
  databaseUrl: string,
  wish: RestoreWish & { folder: string },
): Promise<{ head: Head; saved: string | null }> {
  return replaceDatabase(databaseUrl, newUrl =>
    alone(databaseUrl, async pool => {
      const head = await withPool(newUrl, fresh => restoreBackup(fresh, wish))
      return { head, saved: await save(pool, wish) }
    }),
  )
}

async function alone<T>(databaseUrl: string, work: (pool: Pool) => Promise<T>): Promise<T> {
  const answer = await withPool(databaseUrl, pool => withAdvisoryLock(pool, INSTALLATION_LOCK, () => work(pool)))
  if (answer !== null) return answer
  throw new AppError('CONFLICT', 'Scrum4Me is running on this database. Nothing was changed.', {
    hint: 'Stop it (Ctrl-C, or SIGTERM to `scrum4me up`), then try again.',
  })
}

async function save(pool: Pool, { folder, version }: { folder: string; version: string }): Promise<string | null> {
  return (await holdsRows(pool)) ? saveDatabase(pool, { folder, reason: before('restore'), version }) : null
}
