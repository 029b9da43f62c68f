import type { Claimant, ClaimedJob } from '../store/jobs/claim-next-jobs.ts'
import type { ClaimScope } from '../store/jobs/claimable.ts'

export interface DispatcherOptions {
  /** Claims for the claimants, one job each at the most, in one statement. */
  claim: (scope: ClaimScope, claimants: readonly Claimant[]) => Promise<ClaimedJob[]>
  /** The jobs that were claimed for workers by statements whose answers were lost. */
  recall: (workerIds: readonly string[]) => Promise<ClaimedJob[]>
  /** Takes back the claims of waiters who left while the statement ran. */
  release: (jobs: readonly ClaimedJob[]) => Promise<void>
  /** How long a lost notification can go unnoticed, in ms; each round is up to half longer, so that servers spread. */
  pollMs: number
  isPassing: (error: unknown) => boolean
  onError: (error: unknown) => void
}
