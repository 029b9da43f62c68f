import type { WaitScope } from '../dispatcher/dispatcher-options.ts'
import { onOneConnection } from '../store/borrow-client.ts'
import type { Pool, PoolClient } from '../store/database.ts'
import { violatesUnique } from '../store/database-error.ts'
import { type Claimant, type ClaimedJob, claimNextJobs } from '../store/jobs/claim-next-jobs.ts'

/**
 * Claims for many waiters at once; when another server takes a lane at the same moment, for one after another. All on one
 * connection: a statement that failed keeps its rows until its error has been told, and another connection would skip them.
 */
export async function claimForWaiters(
  pool: Pool,
  wait: WaitScope,
  claimants: readonly Claimant[],
  offerSeconds: number,
  since: Date | null = null,
): Promise<ClaimedJob[]> {
  const claim = (client: PoolClient, some: readonly Claimant[]) => {
    const scope = { ...wait, hostIds: [...new Set(some.map(({ hostId }) => hostId))] }
    return claimNextJobs(client, scope, some, offerSeconds, since).catch((error: unknown) => {
      if (isLaneTaken(error)) return null
      throw error
    })
  }
  return onOneConnection(pool, async client => {
    const together = await claim(client, claimants)
    if (together) return together
    const claimed: ClaimedJob[] = []
    for (const claimant of claimants) claimed.push(...((await claim(client, [claimant])) ?? []))
    return claimed
  })
}

function isLaneTaken(error: unknown): boolean {
  return violatesUnique(error, 'claude_jobs_one_per_lane') || violatesUnique(error, 'claude_jobs_one_per_worker')
}
