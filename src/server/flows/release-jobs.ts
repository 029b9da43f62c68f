import type { ClaimedJob } from '../store/jobs/claim-next-jobs.ts'
import { releaseClaims } from '../store/jobs/release-claim.ts'
import type { Server } from './server-context.ts'

/** Puts offers that nobody received back into the queue, uncharged, and wakes those who wait for them; returns how many. */
export async function releaseJobs(
  server: Pick<Server, 'pool' | 'announcer'>,
  jobs: readonly ClaimedJob[],
): Promise<number> {
  const changes = await releaseClaims(
    server.pool,
    jobs.map(job => job.claimToken),
  )
  server.announcer.announce(changes)
  return changes.length
}
