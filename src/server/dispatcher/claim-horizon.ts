import type { ClaimedJob } from '../store/jobs/claim-next-jobs.ts'

/** Jobs that committed late or came back are at most this much older than the last claimed one, or wait for a full look. */
const MARGIN_MS = 5_000
/** After this long a look starts at the oldest job again. */
const GOOD_FOR_MS = 1_000

/**
 * How far a rush has come in the claim's order. Taken jobs leave dead index entries in front of the queue until a vacuum,
 * and while any old snapshot lives; a claim that starts behind them does not step over each of them.
 */
export class ClaimHorizon {
  #lastCreated = 0
  #goodUntil = 0

  /** Where the next look may start; null for the oldest job. */
  get since(): Date | null {
    return performance.now() < this.#goodUntil ? new Date(this.#lastCreated - MARGIN_MS) : null
  }

  /** A look that began at `since` found these, a job for each who asked. */
  advance(since: Date | null, jobs: readonly ClaimedJob[]): void {
    if (!since) this.#goodUntil = performance.now() + GOOD_FOR_MS
    this.#lastCreated = Math.max(...jobs.map(job => job.createdAt.getTime()), since ? this.#lastCreated : 0)
  }

  /** What is left may be older: the next look starts at the oldest job. */
  forget(): void {
    this.#goodUntil = 0
  }
}
