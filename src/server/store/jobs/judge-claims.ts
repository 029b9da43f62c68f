import type { Queryable } from '../database.ts'

export interface ClaimRef {
  jobId: string
  claimNo: number
}
export interface JudgedClaim extends ClaimRef {
  /** Whether a worker holds the job under this claim. */
  isLive: boolean
}

/** Those of the claims that are of the users' jobs, and whether they are over. */
export async function judgeClaims(
  on: Queryable,
  userIds: readonly string[],
  claims: readonly ClaimRef[],
): Promise<JudgedClaim[]> {
  const { rows } = await on.query<{ job_id: string; claim_no: number; is_live: boolean }>({
    name: 'judge-claims',
    text: `select c.job_id, c.claim_no, j.claim_no = c.claim_no and j.status in ('CLAIMED', 'RUNNING') as is_live
             from unnest($1::text[], $2::int[]) as c(job_id, claim_no) join claude_jobs j on j.id = c.job_id
            where j.user_id = any($3::text[])`,
    values: [claims.map(claim => claim.jobId), claims.map(claim => claim.claimNo), userIds],
  })
  return rows.map(row => ({ jobId: row.job_id, claimNo: row.claim_no, isLive: row.is_live }))
}
