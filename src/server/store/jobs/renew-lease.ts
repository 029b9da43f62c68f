import type { Pool } from 'pg'

export interface RenewedLease {
  leaseUntil: Date
  sprintRunId: string | null
}

/**
 * Renews a lease, or an offer within its longest set-up time, by one statement; null when the token holds nothing.
 * A lease that was extended further, for a push, is never cut short.
 */
export async function renewLease(
  pool: Pool,
  hold: { userId: string; jobId: string; claimToken: string },
  seconds: { lease: number; offer: number; longestSetUp: number },
): Promise<RenewedLease | null> {
  const { rows } = await pool.query<{ lease_until: Date; sprint_run_id: string | null }>({
    name: 'renew-lease',
    text: RENEW,
    values: [hold.jobId, hold.claimToken, hold.userId, seconds.lease, seconds.offer, seconds.longestSetUp],
  })
  const [row] = rows
  return row ? { leaseUntil: row.lease_until, sprintRunId: row.sprint_run_id } : null
}

const RENEW = `
  update claude_jobs set lease_until = greatest(lease_until, case status
      when 'RUNNING' then scrum4me_now() + make_interval(secs => $4)
      else least(scrum4me_now() + make_interval(secs => $5), claimed_at + make_interval(secs => $6)) end)
   where id = $1 and claim_token = $2 and user_id = $3 and status in ('CLAIMED', 'RUNNING')
  returning lease_until, sprint_run_id`
