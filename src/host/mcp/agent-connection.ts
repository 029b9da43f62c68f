import type { TokenScope } from '../../domain/permissions.ts'
import type { Host } from '../flows/host.ts'
import type { Silence } from '../flows/worker.ts'
import { Agents } from './agents.ts'

export interface Opened {
  host: Host
  agents: Agents
}

/** What stands behind an MCP server: nothing is opened before the first call, and what failed to open is tried again. */
export class AgentConnection {
  readonly version: string
  readonly #openHost: () => Promise<Host>
  readonly #silence: Silence
  #opened: Promise<Opened> | null = null
  #scopes: Promise<readonly TokenScope[] | null> | null = null

  constructor(version: string, openHost: () => Promise<Host>, silence: Silence = {}) {
    this.version = version
    this.#openHost = openHost
    this.#silence = silence
  }

  open(): Promise<Opened> {
    this.#opened ??= this.#connect().catch((error: unknown) => {
      this.#opened = null
      throw error
    })
    return this.#opened
  }

  /** Forgets the agents without a call since an instant. */
  async forgetIdle(since: number): Promise<void> {
    const opened = await this.#opened?.catch(() => null)
    opened?.agents.forgetIdle(since)
  }

  /** Waits for what is under way, whose signals the closing has aborted, and renews no lease any longer. */
  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => null)
    await opened?.agents.close()
  }

  /** What the token is good for; null when the server cannot be asked. Asked once. */
  scopes(): Promise<readonly TokenScope[] | null> {
    this.#scopes ??= this.#askForScopes().catch(() => {
      this.#scopes = null
      return null
    })
    return this.#scopes
  }

  async #askForScopes(): Promise<readonly TokenScope[]> {
    const { host } = await this.open()
    return (await host.api.tokens.current()).scopes
  }

  async #connect(): Promise<Opened> {
    const host = await this.#openHost()
    return { host, agents: new Agents(host, this.#silence) }
  }
}
