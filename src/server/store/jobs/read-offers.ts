import type { Queryable } from '../database.ts'
import { type ClaimedJob, type ClaimedJobRow, toClaimedJob } from './claim-next-jobs.ts'

/** The jobs that were claimed for workers and that none of them has attached yet, as the claim would have answered. */
export async function readOffers(on: Queryable, workerIds: readonly string[]): Promise<ClaimedJob[]> {
  const { rows } = await on.query<ClaimedJobRow>({ name: 'read-offers', text: OFFERS, values: [workerIds] })
  return rows.map(toClaimedJob)
}

const OFFERS = `
  select j.id, kind, worker_id, claim_token, claim_no, lease_until, j.created_at, product_id, user_id, task_id, sprint_run_id,
         (select max(e.id) from events e where e.job_id = j.id and e.status = 'claimed') as event_id
    from claude_jobs j where j.worker_id = any($1::text[]) and j.status = 'CLAIMED'`
