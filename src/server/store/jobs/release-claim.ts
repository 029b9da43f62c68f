import type { Pool } from 'pg'

/** Takes back claims whose waiter went away before it had the answer: uncharged, fenced; returns the released ids. */
export async function releaseClaims(pool: Pool, claimTokens: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>({ name: 'release-claims', text: RELEASE, values: [claimTokens] })
  return rows.map(row => row.id)
}

const RELEASE = `
  with released as (
    update claude_jobs set status = 'QUEUED', claim_token = null, claimed_by_token_id = null, worker_id = null,
           host_id = null, lease_until = null
     where claim_token = any($1::uuid[]) and status = 'CLAIMED'
    returning *),
  event as (
    insert into events (type, user_id, product_id, job_id, task_id, sprint_run_id, status)
    select 'claude_job_status', user_id, product_id, id, task_id, sprint_run_id, 'queued' from released)
  select id from released`
