import { link, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

const HEARTBEAT_MS = 1_000
const STALE_AFTER_MS = 15_000

export interface LockWait {
  limitMs: number
  signal?: AbortSignal | undefined
  /** The error when the limit is over. */
  tooLong: () => Error
}

/** Runs `run` while no other process does so under the same lock file; the lock of a holder that died is broken. */
export async function withFileLock<T>(lock: string, wait: LockWait, run: () => Promise<T>): Promise<T> {
  await takeLock(lock, wait)
  const heartbeat = setInterval(() => touch(lock), HEARTBEAT_MS)
  try {
    return await run()
  } finally {
    clearInterval(heartbeat)
    await rm(lock, { force: true })
  }
}

async function takeLock(lock: string, { limitMs, signal, tooLong }: LockWait): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await tryLock(lock))) {
    if (await isStale(lock)) await breakLock(lock)
    if (performance.now() > deadline) throw tooLong()
    await sleep(20, undefined, signal && { signal })
  }
}

async function tryLock(lock: string): Promise<boolean> {
  try {
    const file = await open(lock, 'wx', 0o600)
    await file.writeFile(`${process.pid} ${hostname()}`)
    await file.close()
    return true
  } catch (cause) {
    if (isOneOf(cause, 'EEXIST')) return false
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
    if (isOneOf(cause, 'ENOENT')) return false
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
    if (!isOneOf(cause, 'ENOENT', 'EEXIST')) throw cause
  }
  await rm(mine, { force: true })
}

function touch(lock: string): void {
  const now = new Date()
  // A heartbeat that fails only lets others take the lock for stale.
  utimes(lock, now, now).catch(() => undefined)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (cause) {
    return !isOneOf(cause, 'ESRCH')
  }
}

function isOneOf(cause: unknown, ...codes: string[]): boolean {
  return cause instanceof Error && 'code' in cause && codes.includes(String(cause.code))
}
