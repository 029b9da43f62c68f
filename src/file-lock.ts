import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { identifyProcess, isAlive } from './process-identity.ts'

const HEARTBEAT_MS = 1_000
const STALE_AFTER_MS = 15_000
/** After a machine has slept every heartbeat is old: holder and waiter wake together, so that one comes within this time. */
const SEEN_FOR_MS = 3_000

export interface LockWait {
  limitMs: number
  signal?: AbortSignal | undefined
  /** The error when the limit is over. */
  tooLong: () => Error
}

/**
 * Runs `run` while no other process does so under the same lock; the lock of a holder that died is broken. A lock is a
 * folder with its owner's mark in it, a file of a name that no other owner has: whoever removes one removes no other.
 */
export async function withFileLock<T>(lock: string, wait: LockWait, run: () => Promise<T>): Promise<T> {
  const mark = await takeLock(lock, wait)
  const heartbeat = setInterval(() => touch(mark), HEARTBEAT_MS)
  try {
    return await run()
  } finally {
    clearInterval(heartbeat)
    await removeMark(lock, mark)
  }
}

async function takeLock(lock: string, { limitMs, signal, tooLong }: LockWait): Promise<string> {
  const deadline = performance.now() + limitMs
  const quietFor = watchHeartbeats()
  for (;;) {
    const held = await findMark(lock)
    const mine = held === null ? await tryLock(lock) : null
    if (mine !== null) return mine
    if (held !== null && (await isStale(held, quietFor))) await removeMark(lock, held)
    if (performance.now() > deadline) throw tooLong()
    await sleep(20, undefined, signal && { signal })
  }
}

/** The owner's mark; null when nobody holds the lock. */
async function findMark(lock: string): Promise<string | null> {
  const [name] = await unless(readdir(lock), [], 'ENOENT')
  return name === undefined ? null : join(lock, name)
}

/** The folder comes with the mark in it: a rename puts it in no other place than that of an empty one. */
async function tryLock(lock: string): Promise<string | null> {
  const name = randomUUID()
  const made = `${lock}.${name}`
  try {
    await mkdir(made, { mode: 0o700 })
    const { pid, started, machine } = await identifyProcess()
    await writeFile(join(made, name), `${pid} ${started ?? '-'} ${machine}`, { mode: 0o600 })
    await rename(made, lock)
    return join(lock, name)
  } catch (cause) {
    await rm(made, { recursive: true, force: true })
    if (isOneOf(cause, 'EEXIST', 'ENOTEMPTY')) return null
    throw cause
  }
}

/** A holder that lives keeps its lock however long it is stopped. Of one in another container its heartbeat has to tell. */
async function isStale(mark: string, quietFor: (beat: string) => number): Promise<boolean> {
  const [text, beat] = await unless(Promise.all([readFile(mark, 'utf8'), stat(mark)]), ['', null], 'ENOENT')
  if (beat === null) return false
  const [pid = '', started = '', ...machine] = text.split(' ')
  const owner = { pid: Number(pid), started: started === '-' ? null : started, machine: machine.join(' ') }
  const lives = await isAlive(owner)
  if (lives !== null) return !lives
  const quiet = quietFor(`${mark} ${beat.mtimeMs}`)
  return Date.now() - beat.mtimeMs > STALE_AFTER_MS && quiet > SEEN_FOR_MS
}

/** How long this waiter has seen the same heartbeat, in ms of a clock that stands still while the machine sleeps. */
function watchHeartbeats(): (beat: string) => number {
  let seen = { beat: '', since: 0 }
  return beat => {
    if (seen.beat !== beat) seen = { beat, since: performance.now() }
    return performance.now() - seen.since
  }
}

/** An empty folder is nobody's lock; another owner may have put theirs in its place already. */
async function removeMark(lock: string, mark: string): Promise<void> {
  await unless(unlink(mark), undefined, 'ENOENT')
  await unless(rmdir(lock), undefined, 'ENOENT', 'ENOTEMPTY', 'EEXIST')
}

function touch(mark: string): void {
  const now = new Date()
  // A heartbeat that fails only lets others take the lock for stale.
  utimes(mark, now, now).catch(() => undefined)
}

async function unless<T, U>(doing: Promise<T>, otherwise: U, ...codes: string[]): Promise<T | U> {
  try {
    return await doing
  } catch (cause) {
    if (isOneOf(cause, ...codes)) return otherwise
    throw cause
  }
}

function isOneOf(cause: unknown, ...codes: string[]): boolean {
  return cause instanceof Error && 'code' in cause && codes.includes(String(cause.code))
}
