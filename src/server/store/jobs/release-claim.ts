import type { Pool } from 'pg'
import type { RecordedChange } from '../record-events.ts'

/** Takes back claims whose waiter went away before it had the answer: uncharged, fenced; returns what changed. */
export async function releaseClaims(pool: Pool, claimTokens: readonly string[]): Promise<RecordedChange[]> {
  const { rows } = await pool.query<ReleasedRow>({ name: 'release-claims', text: RELEASE, values: [claimTokens] })
  return rows.map(row => ({
    type: 'claude_job_status',
    status: 'queued',
    eventId: BigInt(row.id),
    userId: row.user_id,
    productId: row.product_id,
    jobId: row.job_id,
  }))
}

interface ReleasedRow {
  id: string
  user_id: string
  product_id: string
  job_id: string
}

const RELEASE = `
  with released as (
    update claude_jobs set status = 'QUEUED', claim_token = null, claimed_by_token_id = null, worker_id = null,
           host_id = null, lease_until = null
     where claim_token = any($1::uuid[]) and status = 'CLAIMED'
    returning *)
  insert into events (type, user_id, product_id, job_id, task_id, sprint_run_id, status)
  select 'claude_job_status', user_id, product_id, id, task_id, sprint_run_id, 'queued' from released
  returning id, user_id, product_id, job_id`
