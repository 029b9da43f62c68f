import type { CheckResult } from '../../domain/check-result.ts'
import { AppError } from '../../errors.ts'
import { type Patience, within } from './patience.ts'

export type { Patience } from './patience.ts'

type Checks = readonly CheckResult[]

export interface ChecksOutcome {
  checks: Checks
  /** They ran on the commit and on nothing else. */
  isProof: boolean
}

interface Run {
  sha: string
  /** By `performance.now()`. */
  began: number
  over: AbortController
  outcome: Promise<ChecksOutcome>
}

/**
 * The checks of one held job. A run outlives the call that began it, because many clients end a call before a test suite
 * has ended: a later call for the same commit joins it, or hears how it ended.
 */
export class HeldChecks {
  #green: { sha: string; checks: Checks } | null = null
  #run: Run | null = null

  /** Whether the checks of this commit are known to be green. */
  areGreen(sha: string): boolean {
    return this.#green?.sha === sha
  }

  /** The checks of a commit; CHECKS_RUNNING when the caller's patience ends before them, ABORTED when the caller left. */
  async of(sha: string, run: (stop: AbortSignal) => Promise<ChecksOutcome>, patience: Patience): Promise<Checks> {
    if (this.#green?.sha === sha) return this.#green.checks
    if (this.#run?.sha !== sha) await this.stop()
    const joined = this.#run ?? this.#begin(sha, run)
    const outcome = await within(joined.outcome, patience).catch((error: unknown) => {
      this.#forget(joined)
      throw error
    })
    if (outcome === null) throw notYet(joined, patience)
    this.#forget(joined)
    return outcome.checks
  }

  /** Ends what is under way, and resolves when nothing of it is left in the worktree. */
  async stop(): Promise<void> {
    const run = this.#run
    if (!run) return
    this.#forget(run)
    run.over.abort()
    await Promise.allSettled([run.outcome])
  }

  #begin(sha: string, run: (stop: AbortSignal) => Promise<ChecksOutcome>): Run {
    const over = new AbortController()
    const begun: Run = { sha, began: performance.now(), over, outcome: run(over.signal) }
    this.#run = begun
    begun.outcome.then(
      ({ checks, isProof }) => {
        if (isProof && checks.every(({ passed }) => passed)) this.#green = { sha, checks }
        // What proves nothing about the commit is told to those who wait for it, and to nobody later.
        if (!isProof) this.#forget(begun)
      },
      () => undefined,
    )
    return begun
  }

  #forget(run: Run): void {
    if (this.#run === run) this.#run = null
  }
}

function notYet({ sha, began }: Run, { signal }: Patience): AppError {
  if (signal?.aborted) return new AppError('ABORTED', 'The call was cancelled; the checks go on.')
  const seconds = Math.round((performance.now() - began) / 1000)
  return new AppError('CHECKS_RUNNING', `The checks of ${sha.slice(0, 10)} have been running for ${seconds} s.`)
}
