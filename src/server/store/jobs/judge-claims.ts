import type { Caller } from '../../../domain/permissions.ts'
import type { Queryable } from '../database.ts'

export interface ClaimRef {
  jobId: string
  claimNo: number
}
export interface JudgedClaim extends ClaimRef {
  /** Whether a worker holds the job under this claim. */
  isLive: boolean
  /** Whose worktree it had; null when it never got as far. */
  hostId: string | null
  /** Where its work is known to be kept. */
  rescueRef: string | null
  jobEndedAt: Date | null
  /** Whether its product wants rescue refs on origin. */
  pushRescues: boolean
}

interface JudgedClaimRow {
  job_id: string
  claim_no: number
  is_live: boolean
  host_id: string | null
  rescue_ref: string | null
  ended_at: Date | null
  push_rescues: boolean
}

/** Those of the claims that are of jobs which the caller may hold, or were of hosts of its own, and whether they are over. */
export async function judgeClaims(
  on: Queryable,
  { worksFor, userId }: Caller,
  claims: readonly ClaimRef[],
): Promise<JudgedClaim[]> {
  const { rows } = await on.query<JudgedClaimRow>({
    name: 'judge-claims',
    text: `select c.job_id, c.claim_no, a.host_id, a.rescue_ref, p.push_rescues,
                  j.claim_no = c.claim_no and j.status in ('CLAIMED', 'RUNNING') as is_live,
                  case when j.status not in ('QUEUED', 'CLAIMED', 'RUNNING') then j.finished_at end as ended_at
             from unnest($1::text[], $2::int[]) as c(job_id, claim_no) join claude_jobs j on j.id = c.job_id
             join products p on p.id = j.product_id
             left join job_attempts a on a.job_id = c.job_id and a.claim_no = c.claim_no
            where j.user_id = any($3::text[])
               or a.host_id in (select h.id from hosts h where h.user_id = $4)`,
    values: [claims.map(claim => claim.jobId), claims.map(claim => claim.claimNo), worksFor, userId],
  })
  return rows.map(row => ({
    jobId: row.job_id,
    claimNo: row.claim_no,
    isLive: row.is_live,
    hostId: row.host_id,
    rescueRef: row.rescue_ref,
    jobEndedAt: row.ended_at,
    pushRescues: row.push_rescues,
  }))
}
