import { AppError } from '../../errors.ts'
import { BATCH_SIZES, type Claimant, type ClaimedJob } from '../store/jobs/claim-next-jobs.ts'
import { ClaimHorizon } from './claim-horizon.ts'
import type { DispatcherOptions, WaitScope } from './dispatcher-options.ts'
import type { Doubts } from './doubts.ts'
import { Waiter } from './waiter.ts'

/** While one statement is answered the next may run; more of them would only get into each other's way. */
const LOOKS_AT_ONCE = 2

/** Waiters who may claim the same jobs: a statement claims for the oldest of them, and in a rush a second one beside it. */
export class WaiterQueue {
  readonly #scope: WaitScope
  readonly #options: DispatcherOptions
  readonly #doubts: Doubts
  readonly #onEmpty: () => void
  readonly #waiters = new Set<Waiter>()
  readonly #horizon = new ClaimHorizon()
  #looks = 0
  #lookAgain = false
  /** The last look found a job for each who asked: there may be more. */
  #isRush = false

  constructor(scope: WaitScope, options: DispatcherOptions, doubts: Doubts, onEmpty: () => void) {
    this.#scope = scope
    this.#options = options
    this.#doubts = doubts
    this.#onEmpty = onEmpty
  }

  /** Whose jobs may be for these waiters. */
  get userIds(): readonly string[] {
    return this.#scope.userIds
  }

  /** A statement for one of them had no answer. */
  get hasDoubts(): boolean {
    return [...this.#waiters].some(waiter => waiter.inDoubt)
  }

  get size(): number {
    return this.#waiters.size
  }

  /** Waits in line: in the queue first, then the first look, so that no job falls between the two. */
  join(claimant: Claimant, waitMs: number, signal: AbortSignal | undefined): Promise<ClaimedJob | null> {
    const waiter = new Waiter(claimant, waitMs, signal, () => this.#leave(waiter))
    waiter.inDoubt = this.#doubts.remove(claimant.workerId)
    this.#waiters.add(waiter)
    this.look()
    return waiter.outcome
  }

  /** Looks for jobs now, or once more after the look that is under way. */
  look(): void {
    this.#lookAgain = true
    if (this.#looks < (this.#isRush ? LOOKS_AT_ONCE : 1)) this.#keepLooking().catch(this.#options.onError)
  }

  close(): void {
    for (const waiter of this.#waiters) waiter.settle(null)
  }

  async #keepLooking(): Promise<void> {
    this.#looks += 1
    let isFull = false
    for (let asked = this.#oldest(); asked.length > 0 && (isFull || this.#lookAgain); asked = this.#oldest()) {
      this.#lookAgain = false
      const since = this.#horizon.since
      const jobs = await this.#claimFor(asked, since)
      isFull = jobs.length > 0 && jobs.length === asked.length
      this.#learn(since, jobs, isFull)
      if (!isFull) await this.#lookBehindBars()
    }
    this.#looks -= 1
  }

  /** A full batch may have left more behind; one that is not full has seen the end of the queue, or of what it looked at. */
  #learn(since: Date | null, jobs: readonly ClaimedJob[], isFull: boolean): void {
    this.#isRush = isFull
    if (isFull) this.#horizon.advance(since, jobs)
    else this.#horizon.forget()
    if (isFull || since) this.look()
  }

  /** A job that is barred from one host is passed over for all who are asked for together: their hosts look one by one. */
  async #lookBehindBars(): Promise<void> {
    const hostIds = new Set([...this.#waiters].map(waiter => waiter.claimant.hostId))
    if (hostIds.size < 2) return
    try {
      for (const hostId of await this.#options.openHosts(this.#scope, [...hostIds])) {
        const asked = this.#oldest(hostId)
        if (asked.length > 0) await this.#claimFor(asked, null)
      }
    } catch (error) {
      this.#options.onError(error)
    }
  }

  async #claimFor(asked: readonly Waiter[], since: Date | null): Promise<readonly ClaimedJob[]> {
    for (const waiter of asked) waiter.asked = true
    try {
      const claimants = asked.map(claimantOf)
      const jobs = (await this.#recall(asked)) ?? (await this.#options.claim(this.#scope, claimants, since))
      this.#conclude(asked, { isKnown: true })
      this.#handOut(asked, jobs)
      return jobs
    } catch (error) {
      this.#options.onError(error)
      // A database that is away for a moment fails no wait: the next ring or poll looks again.
      const isKnown = !this.#options.isPassing(error)
      this.#conclude(asked, { isKnown })
      if (isKnown) for (const waiter of asked) waiter.settle(toError(error))
      return []
    } finally {
      for (const waiter of asked) waiter.answered()
    }
  }

  /** A statement is over; unless it had an answer, nobody knows whether it has claimed a job for the waiters. */
  #conclude(asked: readonly Waiter[], { isKnown }: { isKnown: boolean }): void {
    for (const waiter of asked) {
      const { workerId } = waiter.claimant
      waiter.asked = false
      waiter.inDoubt ||= !isKnown
      if (this.#waiters.has(waiter)) continue
      if (isKnown) this.#doubts.remove(workerId)
      else this.#doubts.confirm(workerId)
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

  /** As many of the waiters who came first, on a host if one is named, as one statement serves. */
  #oldest(hostId?: string): Waiter[] {
    const ready = [...this.#waiters].filter(
      ({ asked, expired, claimant }) => !(asked || expired) && (!hostId || claimant.hostId === hostId),
    )
    const size = BATCH_SIZES.find(batch => batch <= ready.length) ?? 0
    return ready.slice(0, size)
  }

  #leave(waiter: Waiter): void {
    this.#waiters.delete(waiter)
    const { inDoubt, asked, claimant } = waiter
    if (inDoubt || asked) this.#doubts.add(claimant.workerId, { isOver: !asked })
    if (this.#waiters.size === 0) this.#onEmpty()
  }
}

function claimantOf({ claimant }: Waiter): Claimant {
  return claimant
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new AppError('INTERNAL_ERROR', String(error))
}
