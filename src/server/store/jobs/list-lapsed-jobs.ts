import type { Queryable } from '../database.ts'

/** Ids of held jobs whose lease has ended, at most `limit`, read over the small index of held jobs. */
export async function listLapsedJobs(on: Queryable, limit: number): Promise<string[]> {
  const { rows } = await on.query<{ id: string }>({
    name: 'list-lapsed-jobs',
    text: `select id from claude_jobs where status in ('CLAIMED', 'RUNNING') and lease_until < scrum4me_now()
            order by id limit $1`,
    values: [limit],
  })
  return rows.map(row => row.id)
}

/** Whether a job's lease has ended; asked again after its lock was taken, because its holder may have renewed it. */
export async function hasLapsed(on: Queryable, jobId: string): Promise<boolean> {
  const { rows } = await on.query<{ lapsed: boolean }>({
    name: 'has-lapsed',
    text: `select lease_until < scrum4me_now() as lapsed from claude_jobs
            where id = $1 and status in ('CLAIMED', 'RUNNING')`,
    values: [jobId],
  })
  return rows[0]?.lapsed ?? false
}
