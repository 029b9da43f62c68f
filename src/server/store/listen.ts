import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

export const CHANNEL = 'scrum4me_changes'

export interface ListenOptions {
  connection: pg.ClientConfig
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
  const client = new pg.Client({ ...options.connection, keepAlive: true })
  const lost = new Promise<void>((resolve, reject) => {
    client.on('error', reject)
    client.on('end', resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  lost.catch(() => undefined)
  try {
    await client.connect()
    client.on('notification', ({ payload }) => options.onPayload(payload ?? ''))
    await client.query(`listen ${CHANNEL}`)
    onReady()
    options.onListening()
    await lost
  } finally {
    await client.end().catch(() => undefined)
  }
}
