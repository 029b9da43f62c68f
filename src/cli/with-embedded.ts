import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { AppError } from '../errors.ts'
import { type EmbeddedPostgres, startPostgres } from '../server/postgres/start-postgres.ts'
import { type HeldLock, holdAdvisoryLock } from '../server/store/hold-advisory-lock.ts'
import { INSTALLATION_LOCK } from '../server/store/with-advisory-lock.ts'

const PAUSE_MS = 1_000

/**
 * Runs `work` on the embedded PostgreSQL of a data folder, as the only one that serves it; CONFLICT when another does. A
 * PostgreSQL that ends meanwhile, because somebody killed it, is started again at the same address.
 */
export async function withEmbedded<T>(
  { dataDir, log }: { dataDir: string; log: Logger },
  work: (databaseUrl: string) => Promise<T>,
): Promise<T> {
  const start = () => startPostgres({ dataDir, log: message => log.info(message) })
  const first = await start()
  let lock: HeldLock | null = null
  try {
    lock = await holdAdvisoryLock(first.databaseUrl, INSTALLATION_LOCK)
  } finally {
    // An adopted PostgreSQL may be at the service of another one of us.
    if (!lock && !first.adopted) await first.stop()
  }
  if (!lock) throw alreadyRunning(dataDir)
  const over = new AbortController()
  const keeping = keep({ postgres: first, lock }, { start, log, signal: over.signal })
  try {
    return await work(first.databaseUrl)
  } finally {
    over.abort()
    const { postgres, lock: held } = await keeping
    await held?.release()
    if (held) await postgres.stop()
  }
}

interface Kept {
  postgres: EmbeddedPostgres
  lock: HeldLock | null
}

/** Starts and locks it again, again and again if need be, until the signal aborts; returns what then is there. */
async function keep(
  kept: Kept,
  { start, log, signal }: { start: () => Promise<EmbeddedPostgres>; log: Logger; signal: AbortSignal },
): Promise<Kept> {
  const aborted = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
  let { postgres, lock } = kept
  for (;;) {
    await Promise.race([lock?.ended ?? sleep(PAUSE_MS, undefined, { ref: false }), aborted])
    if (signal.aborted) return { postgres, lock }
    if (lock) log.warn('the embedded PostgreSQL has ended; it is started again')
    lock = null
    try {
      postgres = await start()
      lock = await holdAdvisoryLock(postgres.databaseUrl, INSTALLATION_LOCK)
    } catch (error) {
      log.error({ err: error }, 'the embedded PostgreSQL could not be started again; it is tried once more')
    }
  }
}

function alreadyRunning(dataDir: string): AppError {
  return new AppError('CONFLICT', `Scrum4Me is running already for the data folder ${dataDir}.`, {
    hint: 'Use that one, or set SCRUM4ME_DATA_DIR, XDG_CONFIG_HOME and SCRUM4ME_PORT for another.',
  })
}
