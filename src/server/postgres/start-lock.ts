import { link, mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../errors.ts'
import { hasCode } from './error-code.ts'
import { isAlive } from './is-alive.ts'

const HEARTBEAT_MS = 1_000
const STALE_AFTER_MS = 15_000
const TIME_LIMIT_MS = 180_000

/** Lets one starter at a time, of all processes, work on a data folder; a lock whose holder died is broken. */
export async function withStartLock<T>(dataDir: string, run: () => Promise<T>): Promise<T> {
  await mkdir(dataDir, { recursive: true })
  const lock = join(dataDir, 'postgres.lock')
  await takeLock(lock)
  const heartbeat = setInterval(() => touch(lock), HEARTBEAT_MS)
  try {
    return await run()
  } finally {
    clearInterval(heartbeat)
    await rm(lock, { force: true })
  }
}

async function takeLock(lock: string): Promise<void> {
  const deadline = Date.now() + TIME_LIMIT_MS
  while (!(await tryLock(lock))) {
    if (await isStale(lock)) await breakLock(lock)
    if (Date.now() > deadline) {
      throw new AppError(
        'SERVER_UNAVAILABLE',
        `Another process has been starting PostgreSQL for long; it holds ${lock}.`,
        {
          hint: 'Wait for it or end it, then try again.',
        },
      )
    }
    await sleep(20)
  }
}

async function tryLock(lock: string): Promise<boolean> {
  try {
    const file = await open(lock, 'wx', 0o600)
    await file.writeFile(`${process.pid} ${hostname()}`)
    await file.close()
    return true
  } catch (cause) {
    if (hasCode(cause, 'EEXIST')) return false
    throw cause
  }
}

/** A process id means nothing in another container, so there the missing heartbeat has to do. */
async function isStale(lock: string): Promise<boolean> {
  try {
    const [pid, host] = (await readFile(lock, 'utf8')).split(' ')
    if (host === hostname() && !isAlive(Number(pid))) return true
    return Date.now() - (await stat(lock)).mtimeMs > STALE_AFTER_MS
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return false
    throw cause
  }
}

/** Renaming first lets only one of several waiters remove a stale lock; a lock taken anew meanwhile is put back. */
async function breakLock(lock: string): Promise<void> {
  const mine = `${lock}.broken-${process.pid}`
  try {
    await rename(lock, mine)
    if (!(await isStale(mine))) await link(mine, lock)
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT', 'EEXIST')) throw cause
  }
  await rm(mine, { force: true })
}

function touch(lock: string): void {
  const now = new Date()
  // A heartbeat that fails only lets others take the lock for stale.
  utimes(lock, now, now).catch(() => undefined)
}
