import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../errors.ts'
import { withFileLock } from '../../file-lock.ts'

const LIMIT_MS = 180_000

/** Lets one starter at a time, of all processes, work on a data folder. */
export async function withStartLock<T>(dataDir: string, run: () => Promise<T>): Promise<T> {
  await mkdir(dataDir, { recursive: true })
  const lock = join(dataDir, 'postgres.lock')
  return withFileLock(lock, { limitMs: LIMIT_MS, tooLong: () => tooLong(lock) }, run)
}

function tooLong(lock: string): AppError {
  return new AppError(
    'SERVER_UNAVAILABLE',
    `Another process has been starting PostgreSQL for long; it holds ${lock}.`,
    { hint: 'Wait for it or end it, then try again.' },
  )
}
