import type { CheckResult } from '../../../domain/check-result.ts'
import type { Job, LockedJob } from '../../store/jobs/lock-job.ts'
import type { Work } from '../../store/jobs/read-work.ts'
import type { Tx } from '../transact.ts'

export type Ending = 'DONE' | 'FAILED' | 'SKIPPED' | 'CANCELLED'

/** A commit that is about to be pushed, as far as a gate judges it. */
export interface Candidate {
  headSha: string
  summary: string | null
  /** As the host ran them on that commit. */
  checks: readonly CheckResult[] | null
}
export interface Beginning {
  /** A task in it asks for the strongest model. */
  requiresOpus: boolean
  /** Where the work starts from. */
  baseSha: string
}

/** What differs by the kind of a job in its life on the server; run and job are locked each time. */
export interface KindRules {
  /** Begins what the job is about, once its worktree stands at `baseSha`; null when nothing of it is left to do. */
  begin(tx: Tx, locked: LockedJob, work: Work, baseSha: string): Promise<Beginning | null>
  /** Undoes what was begun and has not ended, because the claim has. */
  interrupt(tx: Tx, job: Job): Promise<void>
  /** Lets what was interrupted go on, because its claim does after all. */
  takeUp(tx: Tx, job: Job): Promise<void>
  /** Lets what the job is about end with it. */
  end(tx: Tx, job: Job, to: Ending): Promise<void>
  /** Throws VERIFY_REQUIRED, VERIFY_REFUSED or CHECKS_FAILED unless the commit may be delivered. */
  assertGate(tx: Tx, job: Job, candidate: Candidate): Promise<void>
}
