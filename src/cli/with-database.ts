import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { AppError } from '../errors.ts'
import { servesOthers } from '../server/postgres/serves-others.ts'
import { startPostgres } from '../server/postgres/start-postgres.ts'
import { createLog } from './create-log.ts'
import type { Terminal } from './terminal.ts'

export interface DatabaseAccess {
  url: string
  embedded: boolean
}

/**
 * Runs `work` on the database itself: that of DATABASE_URL, or that of the data folder, whose PostgreSQL is started for
 * it unless it runs. Unless `make` allows a new one, SERVER_UNAVAILABLE says that there is none on this machine.
 */
export async function withDatabase<T>(
  terminal: Terminal,
  { databaseUrl, dataDir, logLevel }: Config,
  { make }: { make: boolean },
  work: (access: DatabaseAccess) => Promise<T>,
): Promise<T> {
  if (databaseUrl) return work({ url: databaseUrl, embedded: false })
  if (!make && !(await isThere(join(dataDir, 'postgres')))) throw none(dataDir)
  const log = createLog(terminal, logLevel)
  const database = await startPostgres({ dataDir, log: message => log.info(message) })
  try {
    return await work({ url: database.databaseUrl, embedded: true })
  } finally {
    // A server that was started meanwhile has adopted it, and stops it at its own end.
    if (!database.adopted && !(await servesOthers(database.databaseUrl))) await database.stop()
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

function none(dataDir: string): AppError {
  return new AppError('SERVER_UNAVAILABLE', `There is no database in ${dataDir}.`, {
    hint: 'Run this on the machine of the server, with its SCRUM4ME_DATA_DIR or DATABASE_URL.',
  })
}
