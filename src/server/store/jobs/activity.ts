import type { Queryable } from '../database.ts'

/** Without a call of its agent and a change of its worktree for so long a job shows as stalled. */
const STALLED_AFTER = `interval '30 minutes'`

/** Whether nobody seems to be at work on a job; \`j\` is the job. */
export const IS_STALLED = `(j.status = 'RUNNING' and j.active_at < scrum4me_now() - ${STALLED_AFTER})`

/** Notes that the agent of a held job has called, or changed its worktree; false when the token holds nothing. */
export async function recordActivity(
  on: Queryable,
  hold: { userIds: readonly string[]; jobId: string; claimToken: string },
): Promise<boolean> {
  const { rowCount } = await on.query({
    name: 'record-activity',
    text: `update claude_jobs set active_at = scrum4me_now()
            where id = $1 and claim_token = $2 and user_id = any($3::text[]) and status = 'RUNNING'`,
    values: [hold.jobId, hold.claimToken, hold.userIds],
  })
  return rowCount === 1
}

/** Ids of jobs at work whose history says another thing of their activity than their last sign does, at most `limit`. */
export async function listActivityTurns(on: Queryable, limit: number): Promise<string[]> {
  const { rows } = await on.query<{ id: string }>({
    name: 'list-activity-turns',
    text: `select j.id from claude_jobs j where j.status = 'RUNNING' and ${HAS_TURNED} order by j.id limit $1`,
    values: [limit],
  })
  return rows.map(row => row.id)
}

/** Whether a job that is locked now has stalled (true) or goes on (false), if its history does not say so yet; else null. */
export async function readActivityTurn(on: Queryable, jobId: string): Promise<boolean | null> {
  const { rows } = await on.query<{ is_stalled: boolean }>({
    name: 'read-activity-turn',
    text: `select ${IS_STALLED} as is_stalled from claude_jobs j where j.id = $1 and j.status = 'RUNNING' and ${HAS_TURNED}`,
    values: [jobId],
  })
  return rows[0]?.is_stalled ?? null
}

const HAS_TURNED = `${IS_STALLED} <> coalesce((
  select e.kind = 'STALLED' from job_events e
   where e.job_id = j.id and e.claim_no = j.claim_no and e.kind in ('STALLED', 'ACTIVE') order by e.id desc limit 1), false)`
