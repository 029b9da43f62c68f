import { sql } from 'drizzle-orm'
import type { Pool } from 'pg'
import type { SprintRunStatus } from '../../../domain/sprint-run-lifecycle.ts'
import { inSeconds } from '../schema/columns.ts'
import { claudeJobs } from '../schema.ts'

export interface RenewedLease {
  leaseUntil: Date
  /** Of the job's run; null for a job without one. */
  runStatus: SprintRunStatus | null
  pauseReason: string | null
}

/**
 * Renews a lease, or an offer within its longest set-up time, by one statement; null when the token holds nothing, or
 * not by the hands of the worker that is named.
 * A lease that was extended further, for a push, is never cut short.
 */
export async function renewLease(
  pool: Pool,
  hold: { userIds: readonly string[]; jobId: string; claimToken: string; workerId: string | null },
  seconds: { lease: number; offer: number; longestSetUp: number },
): Promise<RenewedLease | null> {
  const { rows } = await pool.query<RenewedRow>({
    name: 'renew-lease',
    text: RENEW,
    values: [
      hold.jobId,
      hold.claimToken,
      hold.userIds,
      seconds.lease,
      seconds.offer,
      seconds.longestSetUp,
      hold.workerId,
    ],
  })
  const [row] = rows
  return row ? { leaseUntil: row.lease_until, runStatus: row.run_status, pauseReason: row.pause_reason } : null
}

/** A lease that lasts so many seconds from now at least, for a write that has its job locked. */
export function leaseOfAtLeast(seconds: number) {
  return sql`greatest(${claudeJobs.leaseUntil}, ${inSeconds(seconds)})`
}

interface RenewedRow {
  lease_until: Date
  run_status: SprintRunStatus | null
  pause_reason: string | null
}

const RENEW = `
  update claude_jobs j set lease_until = greatest(lease_until, case status
      when 'RUNNING' then scrum4me_now() + make_interval(secs => $4)
      else least(scrum4me_now() + make_interval(secs => $5), claimed_at + make_interval(secs => $6)) end)
   where id = $1 and claim_token = $2 and user_id = any($3::text[]) and status in ('CLAIMED', 'RUNNING')
     and ($7::text is null or worker_id = $7)
  returning lease_until,
    (select r.status from sprint_runs r where r.id = j.sprint_run_id) as run_status,
    (select r.pause_reason from sprint_runs r where r.id = j.sprint_run_id) as pause_reason`
