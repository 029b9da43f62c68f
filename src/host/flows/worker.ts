import pLimit from 'p-limit'
import type { WorkOrder } from '../../contract/work-order.ts'
import type { Kit } from '../../domain/kit.ts'
import type { HeldChecks } from './held-checks.ts'
import type { Host } from './host.ts'
import type { Patience } from './patience.ts'

/** A claim as calls about it name it. */
export interface Hold {
  job_id: string
  claim_token: string
}

/** A claim and who holds it: only the holder can renew it, so that a take-over ends the renewals of the worker before. */
export interface Held extends Hold {
  worker_id: string
}

/** How long an agent may stay silent that no connection shows to be alive; empty where a timer renews its lease. */
export interface Silence {
  silent_seconds?: number
}

/** A job that this worker holds, ready to be worked on. */
export interface HeldWork {
  order: WorkOrder
  hold: Held
  /** The repository that the worktree belongs to. */
  root: string
  /** What the product says that its worktrees need, as the server said with the claim; the agent is not told. */
  productKit: Kit
  /** Announced by each call about the job. */
  silence: Silence
  checks: HeldChecks
  /** Ends the renewal of the lease; resolves when none is under way that could still arrive. */
  letGo(): Promise<void>
}

/** A claim that is being made ready; its worker's waits join it. */
export interface SetUpUnderWay {
  readonly jobId: string
  readonly productId: string
  join(patience: Patience & { signal: AbortSignal }): Promise<HeldWork | null | 'not yet'>
  /** Gives the claim back, and resolves when nothing of it is left. */
  stop(): Promise<void>
}

/** A claim that the server does not know to be given back. */
export interface OwedGiveBack extends Hold {
  blame: 'nobody' | 'setup' | 'host'
  reason: string
}

/** A client may call itself anything. */
const LONGEST_NAME = 200

/** One agent on this host: known to the server from its first wait on, and holder of one claim at most. */
export class Worker {
  readonly name: string
  readonly silence: Silence
  readonly #host: Host
  readonly #turns = pLimit(1)
  #registered: Promise<string> | null = null
  held: HeldWork | null = null
  setUp: SetUpUnderWay | null = null
  owed: OwedGiveBack[] = []
  /** A call for work broke off, and may have been answered all the same. */
  mayBeOffered = false
  /** When it was called for last, by Date.now(). */
  usedAt = Date.now()
  /** The job that this worker ended last: its agent may not have heard so, and report again. */
  ended: Hold | null = null

  constructor(host: Host, name: string, silence: Silence = {}) {
    this.#host = host
    this.name = name
    this.silence = silence
  }

  /** Holds nothing, and nothing is under way that could change that. */
  get isFree(): boolean {
    return this.held === null && this.setUp === null && this.isAtRest
  }

  /** No call that takes or ends a claim is under way. */
  get isAtRest(): boolean {
    return this.#turns.activeCount + this.#turns.pendingCount === 0
  }

  holds({ job_id, claim_token }: Hold): boolean {
    return this.held?.hold.job_id === job_id && this.held.hold.claim_token === claim_token
  }

  /** The worker's id, after registering it once; a failed registration is tried again at the next call. */
  id(): Promise<string> {
    this.#registered ??= this.#register().catch((error: unknown) => {
      this.#registered = null
      throw error
    })
    return this.#registered
  }

  touch(): void {
    this.usedAt = Date.now()
  }

  /** Lets the server know this agent under a new id: what the old one holds there is no longer this one's. */
  registerAnew(): void {
    this.#registered = null
  }

  /** Runs what takes or ends a claim when nothing else of this worker does: one worker holds one claim. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    this.touch()
    return this.#turns(work)
  }

  /** The same for one that gives up, with null, when its turn has not come before the signal. */
  aloneBefore<T>(giveUp: AbortSignal, work: () => Promise<T>): Promise<T | null> {
    this.touch()
    return new Promise((resolve, reject) => {
      const leave = () => resolve(null)
      giveUp.addEventListener('abort', leave, { once: true })
      const turn = async () => {
        giveUp.removeEventListener('abort', leave)
        return giveUp.aborted ? null : work()
      }
      this.#turns(turn).then(resolve, reject)
    })
  }

  /** The agent went away: its lease is renewed no longer, and its checks and its set-up are stopped. */
  close(): void {
    void this.setUp?.stop()
    void this.held?.letGo()
    void this.held?.checks.stop()
    this.held = null
  }

  async #register(): Promise<string> {
    const { api, hostId, hostName, version } = this.#host
    const registration = {
      host_id: hostId,
      host_name: hostName,
      version,
      worker_name: this.name.slice(0, LONGEST_NAME),
    }
    return (await api.hosts.register(registration)).worker_id
  }
}
