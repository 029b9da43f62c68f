import type { WaitScope } from '../dispatcher/dispatcher-options.ts'
import type { Pool } from '../store/database.ts'
import { violatesUnique } from '../store/database-error.ts'
import { type Claimant, type ClaimedJob, claimNextJobs } from '../store/jobs/claim-next-jobs.ts'

/** Claims for many waiters at once; when another server takes a lane at the same moment, for one after another. */
export async function claimForWaiters(
  pool: Pool,
  wait: WaitScope,
  claimants: readonly Claimant[],
  offerSeconds: number,
  since: Date | null = null,
): Promise<ClaimedJob[]> {
  const scope = { ...wait, hostIds: [...new Set(claimants.map(({ hostId }) => hostId))] }
  try {
    return await claimNextJobs(pool, scope, claimants, offerSeconds, since)
  } catch (error) {
    if (!isLaneTaken(error)) throw error
  }
  const claimed: ClaimedJob[] = []
  for (const claimant of claimants) {
    const jobs = await claimNextJobs(
      pool,
      { ...wait, hostIds: [claimant.hostId] },
      [claimant],
      offerSeconds,
      since,
    ).catch((error: unknown) => {
      if (isLaneTaken(error)) return []
      throw error
    })
    claimed.push(...jobs)
  }
  return claimed
}

function isLaneTaken(error: unknown): boolean {
  return violatesUnique(error, 'claude_jobs_one_per_lane') || violatesUnique(error, 'claude_jobs_one_per_worker')
}
