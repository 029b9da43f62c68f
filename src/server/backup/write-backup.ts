import { createWriteStream } from 'node:fs'
import { chmod, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { AppError } from '../../errors.ts'
import { atOneInstant, countRows, exportRows } from '../store/backup/export-rows.ts'
import { listTables } from '../store/backup/list-tables.ts'
import { readSequences } from '../store/backup/sequences.ts'
import type { PoolClient } from '../store/database.ts'
import { readAppliedMigrations } from '../store/migrating/applied-migrations.ts'
import { backupName, partialPath, removeOldBackups } from './backup-files.ts'
import { type Head, toLine } from './backup-format.ts'

export interface BackupWish {
  folder: string
  /** What made it necessary, in letters that a file's name may have. */
  reason: string
  /** Of this Scrum4Me. */
  version: string
}

/** Writes all that a database holds, as it is at one instant, into a new file that only its owner can read; returns its path. */
export async function writeBackup(client: PoolClient, wish: BackupWish): Promise<string> {
  const madeAt = new Date()
  const path = join(wish.folder, backupName(madeAt, wish.reason))
  try {
    await mkdir(wish.folder, { recursive: true, mode: 0o700 })
    await chmod(wish.folder, 0o700)
    await atOneInstant(client, () => writeWhole(path, backupText(client, wish, madeAt)))
    await removeOldBackups(wish.folder)
    return path
  } catch (cause) {
    throw notSaved(wish.folder, cause)
  }
}

/** A file appears under its name only when it is complete and on the disk. */
async function writeWhole(path: string, text: AsyncGenerator<string>): Promise<void> {
  const partial = partialPath(path)
  try {
    const file = createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true })
    await pipeline(Readable.from(text), createGzip(), file)
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

async function* backupText(client: PoolClient, wish: BackupWish, madeAt: Date): AsyncGenerator<string> {
  yield toLine(await headOf(client, wish, madeAt))
  for (const table of await listTables(client)) {
    const columns = table.columns.map(({ name }) => name)
    yield toLine({ table: table.name, columns, rows: await countRows(client, table) })
    for await (const lines of exportRows(client, table)) yield `${lines.join('\n')}\n`
  }
  yield toLine({ end: true, sequences: await readSequences(client) })
}

async function headOf(client: PoolClient, { reason, version }: BackupWish, madeAt: Date): Promise<Head> {
  const migrations = await readAppliedMigrations(client)
  return {
    format: 'scrum4me-backup',
    format_version: 1,
    made_at: madeAt.toISOString(),
    made_by: version,
    reason,
    migrations,
  }
}

function notSaved(folder: string, cause: unknown): AppError {
  const said = cause instanceof Error ? cause.message : String(cause)
  return new AppError('SERVER_UNAVAILABLE', `The database could not be saved to ${folder}: ${said}`, {
    hint: `Make room in ${folder}, let this user write there, or set SCRUM4ME_DATA_DIR to another folder; then try again.`,
    cause,
  })
}
