import type { Caller } from '../../../domain/permissions.ts'
import type { Queryable } from '../database.ts'

/**
 * Whether a claim is held whose job's user, or whose own, has left the product, or whose product is archived by now. What has passed
 * deliver is let through: its commit is out, and only the truth about it is left to be stored.
 */
export async function hasLostStanding(
  on: Queryable,
  caller: Caller,
  hold: { jobId: string; claimToken: string },
): Promise<boolean> {
  const { rows } = await on.query<{ lost: boolean }>({
    name: 'has-lost-standing',
    text: `select exists (
      select 1 from claude_jobs j join products p on p.id = j.product_id
       where j.id = $1 and j.claim_token = $2 and (j.user_id = $3 or j.claimed_by_token_id = $4) and j.status in ('CLAIMED', 'RUNNING')
         and j.head_sha is null
         and (p.archived_at is not null or exists (
           select 1 from unnest(array[j.user_id, $3]) u(id) where not exists (
             select 1 from product_members m where m.product_id = j.product_id and m.user_id = u.id)))) as lost`,
    values: [hold.jobId, hold.claimToken, caller.userId, caller.tokenId],
  })
  return rows[0]?.lost ?? false
}

/** The jobs that are held under a token and have delivered nothing yet. */
export async function listHeldByToken(on: Queryable, tokenId: string): Promise<string[]> {
  const { rows } = await on.query<{ id: string }>(
    `select id from claude_jobs
      where claimed_by_token_id = $1 and status in ('CLAIMED', 'RUNNING') and head_sha is null order by id`,
    [tokenId],
  )
  return rows.map(row => row.id)
}
