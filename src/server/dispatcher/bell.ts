import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

export interface BellListener {
  /** Resolves at the first ring since the last call, after `ms`, or when the signal aborts. */
  next(ms: number, signal: AbortSignal): Promise<void>
  close(): void
}

/** Tells many that something may have happened; a ring that comes while one of them is busy is not lost on it. */
export class Bell {
  readonly #rings = new EventEmitter().setMaxListeners(0)
  #closed = false

  ring(): void {
    this.#rings.emit('ring')
  }

  /** Rings a last time, for listeners to go home. */
  close(): void {
    this.#closed = true
    this.ring()
  }

  get closed(): boolean {
    return this.#closed
  }

  listen(): BellListener {
    let rung = false
    const note = () => {
      rung = true
    }
    this.#rings.on('ring', note)
    return {
      close: () => void this.#rings.off('ring', note),
      next: async (ms, signal) => {
        const over = new AbortController()
        const until = { signal: AbortSignal.any([signal, over.signal]) }
        if (!rung && !signal.aborted)
          await Promise.race([
            once(this.#rings, 'ring', until).catch(() => undefined),
            sleep(ms, undefined, { ...until, ref: false }).catch(() => undefined),
          ])
        over.abort()
        rung = false
      },
    }
  }
}
