import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

export const CHANNEL = 'scrum4me_changes'

export interface ListenOptions {
  databaseUrl: string
  /** How long the connection may stay without an answer before it counts as lost, in ms. */
  patienceMs: number
  /** Between two looks whether it still hears, in ms. */
  checkEveryMs: number
  onPayload: (payload: string) => void
  /** Called after every successful LISTEN, the first included: what was missed meanwhile must be looked for. */
  onListening: () => void
  onError: (error: unknown) => void
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000

/** Holds one LISTEN connection, made again with growing pauses whenever it is lost; the result closes it. */
export function listen(options: ListenOptions): () => Promise<void> {
  const stop = new AbortController()
  const ended = keepListening(options, stop.signal)
  return async () => {
    stop.abort()
    await ended
  }
}

async function keepListening(options: ListenOptions, signal: AbortSignal): Promise<void> {
  let pause = FIRST_PAUSE_MS
  while (!signal.aborted) {
    try {
      await listenOnce(options, signal, () => {
        pause = FIRST_PAUSE_MS
      })
    } catch (error) {
      if (!signal.aborted) options.onError(error)
    }
    await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined)
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
  }
}

async function listenOnce(options: ListenOptions, signal: AbortSignal, onReady: () => void): Promise<void> {
  const { databaseUrl, patienceMs } = options
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'scrum4me',
    keepAlive: true,
    connectionTimeoutMillis: patienceMs,
    query_timeout: patienceMs,
  })
  const over = new AbortController()
  const lost = new Promise<void>((resolve, reject) => {
    client.on('error', reject)
    client.on('end', resolve)
    signal.addEventListener('abort', () => resolve(), { once: true, signal: over.signal })
  })
  lost.catch(() => undefined)
  try {
    await client.connect()
    client.on('notification', ({ payload }) => options.onPayload(payload ?? ''))
    await client.query(LISTEN)
    onReady()
    options.onListening()
    await Promise.race([lost, keepChecking(client, options.checkEveryMs, over.signal)])
  } finally {
    over.abort()
    // A silent connection does not say goodbye, either.
    await Promise.race([client.end().catch(() => undefined), sleep(GOODBYE_MS, undefined, { ref: false })])
  }
}

const LISTEN = `listen ${CHANNEL}`
const GOODBYE_MS = 1_000

/** Says again that it listens, which changes nothing: no answer in time is an error. Ends without one when it is over. */
async function keepChecking(client: pg.Client, everyMs: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
    if (signal.aborted) return
    await client.query(LISTEN).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }
}
