import type { Host } from '../flows/host.ts'
import { Worker } from '../flows/worker.ts'

/** One agent's connection: nothing is opened before its first call, and what failed to open is tried again at the next. */
export class AgentConnection {
  readonly version: string
  readonly #openHost: () => Promise<Host>
  #opened: Promise<{ host: Host; worker: Worker }> | null = null
  /** As the client names itself. */
  clientName = 'agent'

  constructor(version: string, openHost: () => Promise<Host>) {
    this.version = version
    this.#openHost = openHost
  }

  open(): Promise<{ host: Host; worker: Worker }> {
    this.#opened ??= this.#connect().catch((error: unknown) => {
      this.#opened = null
      throw error
    })
    return this.#opened
  }

  /** Waits for what is under way, whose signal the closing has aborted, and renews no lease any longer. */
  async close(): Promise<void> {
    if (!this.#opened) return
    const { worker } = await this.#opened
    await worker.alone(async () => worker.close())
  }

  async #connect() {
    const host = await this.#openHost()
    return { host, worker: new Worker(host, () => this.clientName) }
  }
}
