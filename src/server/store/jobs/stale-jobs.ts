import type { Queryable } from '../database.ts'

/** LAPSED: its lease has ended. OVERRAN: its agent was at work for longer than the settings of its claim allow. */
export type Staleness = 'LAPSED' | 'OVERRAN'

/** A delivered job does not overrun: its commit may be out, and the look at origin comes with its lapse. */
const STALENESS = `case
  when lease_until < scrum4me_now() then 'LAPSED'
  when head_sha is null
   and attached_at < scrum4me_now() - make_interval(mins => (config->>'maxRunMinutes')::int) then 'OVERRAN' end`

/** Ids of held jobs that are stale, at most `limit`, read over the small index of held jobs. */
export async function listStaleJobs(on: Queryable, limit: number): Promise<string[]> {
  const { rows } = await on.query<{ id: string }>({
    name: 'list-stale-jobs',
    text: `select id from claude_jobs where status in ('CLAIMED', 'RUNNING') and ${STALENESS} is not null
            order by id limit $1`,
    values: [limit],
  })
  return rows.map(row => row.id)
}

/**
 * Of a held job that is locked now: whether its offer, of so many seconds, was renewed, and whether the claim before it
 * was an offer that lapsed.
 */
export async function readOfferLapse(
  on: Queryable,
  jobId: string,
  offerSeconds: number,
): Promise<{ renewed: boolean; lapsedBefore: boolean }> {
  const { rows } = await on.query<{ renewed: boolean; lapsed_before: boolean }>({
    name: 'read-offer-lapse',
    text: `select j.lease_until > j.claimed_at + make_interval(secs => $2) as renewed,
                  exists (${OF_CLAIM_BEFORE} = 'LAPSED') and not exists (${OF_CLAIM_BEFORE} = 'BEGUN') as lapsed_before
             from claude_jobs j where j.id = $1`,
    values: [jobId, offerSeconds],
  })
  return { renewed: rows[0]?.renewed ?? false, lapsedBefore: rows[0]?.lapsed_before ?? false }
}

const OF_CLAIM_BEFORE = 'select 1 from job_events e where e.job_id = j.id and e.claim_no = j.claim_no - 1 and e.kind'

/** What is stale about a held job; asked again after its lock was taken, because its holder may have renewed it. */
export async function readStaleness(on: Queryable, jobId: string): Promise<Staleness | null> {
  const { rows } = await on.query<{ staleness: Staleness | null }>({
    name: 'read-staleness',
    text: `select ${STALENESS} as staleness from claude_jobs where id = $1 and status in ('CLAIMED', 'RUNNING')`,
    values: [jobId],
  })
  return rows[0]?.staleness ?? null
}
