import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

const EXTENSION = '.s4m.gz'
const AUTOMATIC = '-before-'
const KEPT = 5
const PARTIAL = '.partial'
const ABANDONED_AFTER_MS = 10 * 60_000

/** The folder of a data folder in which backups lie. */
export function backupsFolder(dataDir: string): string {
  return join(dataDir, 'backups')
}

/** A name that sorts by time and says why the backup was made. */
export function backupName(madeAt: Date, reason: string): string {
  return `${madeAt.toISOString().replaceAll(':', '-').replace('.', '-')}-${reason}${EXTENSION}`
}

/** The reason of a backup that is made without being asked for, before something changes the database. */
export function before(what: string): string {
  return `${AUTOMATIC.slice(1)}${what}`
}

/** The path at which a backup grows until it is whole. */
export function partialPath(path: string): string {
  return `${path}${PARTIAL}`
}

/** The names of the backups in a folder, oldest first. */
export async function listNames(folder: string): Promise<string[]> {
  return (await readNames(folder)).filter(name => name.endsWith(EXTENSION)).sort()
}

/** Removes automatic backups but for the last few, and what a killed process left. Those that were asked for stay. */
export async function removeOldBackups(folder: string): Promise<void> {
  const automatic = (await listNames(folder)).filter(name => name.includes(AUTOMATIC))
  for (const name of automatic.slice(0, -KEPT)) await rm(join(folder, name), { force: true })
  for (const name of await readNames(folder)) {
    const path = join(folder, name)
    const isOld = async () => Date.now() - (await stat(path)).mtimeMs > ABANDONED_AFTER_MS
    if (name.endsWith(`${EXTENSION}${PARTIAL}`) && (await isOld())) await rm(path, { force: true })
  }
}

async function readNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
