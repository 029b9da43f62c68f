import type { Pool } from 'pg'
import { findBreaches } from '../../test/support/model/invariants.ts'

/** What the database says at one moment. */
export interface Sample {
  counts: Record<string, number>
  /** Changes whenever a job does. */
  signature: string
  /** Seconds until the last lease has ended and the last pause is over; null when there is none. */
  secondsToLast: number | null
}

/** How the jobs stand; null while the database does not answer. */
export async function sample(pool: Pool): Promise<Sample | null> {
  try {
    const { rows } = await pool.query<{ status: string; count: number; stamp: string; last: number | null }>(`
      select status, count(*)::int as count, string_agg(id || claim_no || status || coalesce(head_sha, ''), ',' order by id) as stamp,
             extract(epoch from max(coalesce(lease_until, not_before)) - scrum4me_now())::float8 as last
        from claude_jobs group by status`)
    const counts = Object.fromEntries(rows.map(({ status, count }) => [status, count]))
    const lasts = rows.flatMap(({ last }) => (last === null ? [] : [last]))
    const signature = rows.map(({ stamp }) => stamp).join('\n')
    return { counts, signature, secondsToLast: lasts.length > 0 ? Math.max(...lasts) : null }
  } catch {
    return null
  }
}

/** How many jobs have not ended. */
export function liveIn({ counts }: Sample): number {
  return ['QUEUED', 'CLAIMED', 'RUNNING'].reduce((sum, status) => sum + (counts[status] ?? 0), 0)
}

/** What must hold of a database at any moment and does not; null while it does not answer. */
export async function lookForBreaches(pool: Pool): Promise<string[] | null> {
  try {
    return await findBreaches(pool)
  } catch {
    return null
  }
}
