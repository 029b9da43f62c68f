import { jobEvent } from '../../../domain/job-events.ts'
import type { Queryable } from '../database.ts'

/**
 * Lets a lease end within so many seconds, if the worker still holds it and has delivered nothing, and tells the job's
 * history of it; false otherwise. A lease that ends sooner is left as it is.
 */
export async function cutLease(
  on: Queryable,
  holder: { userIds: readonly string[]; jobId: string; claimToken: string; workerId: string },
  seconds: number,
): Promise<boolean> {
  const { kind, words } = jobEvent(
    'CONNECTION_LOST',
    `Its agent’s connection closed: the lease ends within ${seconds} s unless it comes back.`,
  )
  const { rowCount } = await on.query({
    name: 'cut-lease',
    text: CUT,
    values: [holder.jobId, holder.claimToken, holder.userIds, holder.workerId, seconds, kind, words],
  })
  return rowCount === 1
}

const CUT = `
  with cut as (
    update claude_jobs set lease_until = least(lease_until, scrum4me_now() + make_interval(secs => $5))
     where id = $1 and claim_token = $2 and user_id = any($3::text[]) and worker_id = $4
       and status = 'RUNNING' and head_sha is null
    returning id, claim_no)
  insert into job_events (job_id, claim_no, kind, words) select id, claim_no, $6, $7 from cut`
