import { AppError } from '../../errors.ts'
import type { Claimant, ClaimedJob } from '../store/jobs/claim-next-jobs.ts'

/** After its time a waiter stays for so long, in ms, for the answer of a statement that is under way for it. */
const LATE_MS = 500

/** One wait: settled once, by a job, by its time (null), or by its caller's going away (ABORTED). */
export class Waiter {
  readonly claimant: Claimant
  readonly outcome: Promise<ClaimedJob | null>
  /** A statement that may bring this waiter a job is under way. */
  asked = false
  /** A statement for it had no answer: a job may be claimed for it already. */
  inDoubt = false
  /** Its time is up: it takes what the statement under way brings at once, and is asked for no more. */
  expired = false
  readonly #isOneLook: boolean
  #timer: NodeJS.Timeout | undefined
  #finish: ((result: ClaimedJob | null | Error) => void) | null = null

  constructor(claimant: Claimant, waitMs: number, signal: AbortSignal | undefined, onLeave: () => void) {
    this.claimant = claimant
    const abort = () => this.settle(new AppError('ABORTED', 'The wait was cancelled.'))
    // Who does not wait is asked for once, however busy the queue is.
    this.#timer = waitMs > 0 ? setTimeout(() => this.#expire(), waitMs) : undefined
    this.#isOneLook = waitMs <= 0
    signal?.addEventListener('abort', abort, { once: true })
    this.outcome = new Promise((resolve, reject) => {
      this.#finish = result => {
        clearTimeout(this.#timer)
        signal?.removeEventListener('abort', abort)
        onLeave()
        if (result instanceof Error) reject(result)
        else resolve(result)
      }
    })
  }

  /** Ends the wait; false if it had ended already. */
  settle(result: ClaimedJob | null | Error): boolean {
    const finish = this.#finish
    if (!finish) return false
    this.#finish = null
    finish(result)
    return true
  }

  /** The statement is over. */
  answered(): void {
    if (this.expired || this.#isOneLook) this.settle(null)
  }

  #expire(): void {
    this.expired = true
    if (!this.asked) this.settle(null)
    else this.#timer = setTimeout(() => this.settle(null), LATE_MS)
  }
}
