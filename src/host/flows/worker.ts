import pLimit from 'p-limit'
import type { WorkOrder } from '../../contract/work.ts'
import type { Host } from './host.ts'

/** A claim as calls about it name it. */
export interface Hold {
  job_id: string
  claim_token: string
}

/** A job that this worker holds, ready to be worked on. */
export interface HeldWork {
  order: WorkOrder
  hold: Hold
  /** The repository that the worktree belongs to. */
  root: string
  /** Ends the renewal of the lease. */
  letGo(): void
}

/** One agent on this host: known to the server from its first wait on, and holder of one claim at most. */
export class Worker {
  readonly #host: Host
  readonly #name: () => string
  readonly #turns = pLimit(1)
  #registered: Promise<string> | null = null
  held: HeldWork | null = null
  /** The job that this worker ended last: its agent may not have heard so, and report again. */
  ended: Hold | null = null

  constructor(host: Host, name: () => string) {
    this.#host = host
    this.#name = name
  }

  /** The worker's id, after registering it once; a failed registration is tried again at the next call. */
  id(): Promise<string> {
    this.#registered ??= this.#register().catch((error: unknown) => {
      this.#registered = null
      throw error
    })
    return this.#registered
  }

  /** Runs what takes or ends a claim when nothing else of this worker does: one worker holds one claim. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns(work)
  }

  /** The agent went away: its lease is renewed no longer. */
  close(): void {
    this.held?.letGo()
    this.held = null
  }

  async #register(): Promise<string> {
    const { api, hostId, hostName, version } = this.#host
    const registration = { host_id: hostId, host_name: hostName, version, worker_name: this.#name() }
    return (await api.hosts.register(registration)).worker_id
  }
}
