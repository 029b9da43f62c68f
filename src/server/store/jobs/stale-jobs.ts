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

/** What is stale about a held job; asked again after its lock was taken, because its holder may have renewed it. */
export async function readStaleness(on: Queryable, jobId: string): Promise<Staleness | null> {
  const { rows } = await on.query<{ staleness: Staleness | null }>({
    name: 'read-staleness',
    text: `select ${STALENESS} as staleness from claude_jobs where id = $1 and status in ('CLAIMED', 'RUNNING')`,
    values: [jobId],
  })
  return rows[0]?.staleness ?? null
}
