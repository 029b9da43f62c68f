import type { Claimant, ClaimedJob } from '../store/jobs/claim-next-jobs.ts'
import type { ClaimScope } from '../store/jobs/claimable.ts'

/** What waiters of one queue may claim; a job is kept from some of them by bars of their hosts alone. */
export type WaitScope = Omit<ClaimScope, 'hostIds'>

export interface DispatcherOptions {
  /** Claims for the claimants, one job each at the most, in one statement; of jobs enqueued since then (null: of all). */
  claim: (scope: WaitScope, claimants: readonly Claimant[], since: Date | null) => Promise<ClaimedJob[]>
  /** Those of the hosts that may take a job which others of them are barred from. */
  openHosts: (scope: WaitScope, hostIds: readonly string[]) => Promise<string[]>
  /** Those of the users who have a job in the queue. */
  usersWithWork: (userIds: readonly string[]) => Promise<string[]>
  /** The jobs that were claimed for workers by statements whose answers were lost. */
  recall: (workerIds: readonly string[]) => Promise<ClaimedJob[]>
  /** Takes back the claims of waiters who left. */
  release: (jobs: readonly ClaimedJob[]) => Promise<unknown>
  /** How long a lost notification can go unnoticed, in ms; each round is up to half longer, so that servers spread. */
  pollMs: number
  isPassing: (error: unknown) => boolean
  onError: (error: unknown) => void
}
