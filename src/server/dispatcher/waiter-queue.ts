import { AppError } from '../../errors.ts'
import { BATCH_SIZES, type Claimant, type ClaimedJob } from '../store/jobs/claim-next-jobs.ts'
import type { ClaimScope } from '../store/jobs/claimable.ts'
import type { DispatcherOptions } from './dispatcher-options.ts'
import { Waiter } from './waiter.ts'

/** Waiters who may claim the same jobs; one statement at a time claims for the oldest of them. */
export class WaiterQueue {
  readonly #scope: ClaimScope
  readonly #options: DispatcherOptions
  readonly #onEmpty: () => void
  readonly #waiters = new Set<Waiter>()
  #looking = false
  #lookAgain = false

  constructor(scope: ClaimScope, options: DispatcherOptions, onEmpty: () => void) {
    this.#scope = scope
    this.#options = options
    this.#onEmpty = onEmpty
  }

  /** Whether a job of this user may be for these waiters. */
  serves(userId: string): boolean {
    return this.#scope.userIds.includes(userId)
  }

  get size(): number {
    return this.#waiters.size
  }

  /** Waits in line: in the queue first, then the first look, so that no job falls between the two. */
  join(claimant: Claimant, waitMs: number, signal: AbortSignal | undefined): Promise<ClaimedJob | null> {
    const waiter = new Waiter(claimant, waitMs, signal, () => this.#leave(waiter))
    this.#waiters.add(waiter)
    this.look()
    return waiter.outcome
  }

  /** Looks for jobs now, or once more after the look that is under way. */
  look(): void {
    this.#lookAgain = true
    if (!this.#looking) this.#keepLooking().catch(this.#options.onError)
  }

  close(): void {
    for (const waiter of this.#waiters) waiter.settle(null)
  }

  async #keepLooking(): Promise<void> {
    this.#looking = true
    while (this.#lookAgain && this.#waiters.size > 0) {
      this.#lookAgain = false
      const asked = this.#oldest()
      const jobs = await this.#claimFor(asked)
      // A full batch may have left more behind.
      if (jobs.length > 0 && jobs.length === asked.length) this.#lookAgain = true
    }
    this.#looking = false
  }

  async #claimFor(asked: readonly Waiter[]): Promise<readonly ClaimedJob[]> {
    for (const waiter of asked) waiter.asked = true
    try {
      const jobs = (await this.#recall(asked)) ?? (await this.#options.claim(this.#scope, asked.map(claimantOf)))
      this.#handOut(asked, jobs)
      return jobs
    } catch (error) {
      this.#options.onError(error)
      // A database that is away for a moment fails no wait: the next ring or poll looks again.
      if (this.#options.isPassing(error)) for (const waiter of asked) waiter.inDoubt = true
      else for (const waiter of asked) waiter.settle(toError(error))
      return []
    } finally {
      for (const waiter of asked) waiter.answered()
    }
  }

  /** What was claimed by a statement whose answer was lost; null when there is nothing of that kind. */
  async #recall(asked: readonly Waiter[]): Promise<ClaimedJob[] | null> {
    const doubtful = asked.filter(waiter => waiter.inDoubt)
    if (doubtful.length === 0) return null
    const jobs = await this.#options.recall(doubtful.map(waiter => waiter.claimant.workerId))
    for (const waiter of doubtful) waiter.inDoubt = false
    if (jobs.length === 0) return null
    this.#lookAgain = true
    return jobs
  }

  #handOut(asked: readonly Waiter[], jobs: readonly ClaimedJob[]): void {
    const byWorker = new Map(asked.map(waiter => [waiter.claimant.workerId, waiter]))
    const orphans = jobs.filter(job => !byWorker.get(job.workerId)?.settle(job))
    if (orphans.length > 0) this.#options.release(orphans).catch(this.#options.onError)
  }

  /** As many of the waiters who came first as one statement serves. */
  #oldest(): Waiter[] {
    const ready = [...this.#waiters].filter(waiter => !waiter.expired)
    const size = BATCH_SIZES.find(batch => batch <= ready.length) ?? 0
    return ready.slice(0, size)
  }

  #leave(waiter: Waiter): void {
    this.#waiters.delete(waiter)
    if (this.#waiters.size === 0) this.#onEmpty()
  }
}

function claimantOf({ claimant }: Waiter): Claimant {
  return claimant
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new AppError('INTERNAL_ERROR', String(error))
}
