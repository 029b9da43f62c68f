import type { PoolClient } from 'pg'
import { orm } from '../database.ts'
import { jobBars } from '../schema.ts'

/** Keeps a job from a host that cannot set it up, until a person retries it. */
export async function barHost(
  client: PoolClient,
  bar: { jobId: string; hostId: string; reason: string },
): Promise<void> {
  await orm(client)
    .insert(jobBars)
    .values(bar)
    .onConflictDoUpdate({ target: [jobBars.jobId, jobBars.hostId], set: { reason: bar.reason } })
}

/** Whether a live host of the user that is not barred from the job remains; live is seen within `seconds`. */
export async function hasUnbarredHost(
  client: PoolClient,
  job: { id: string; userId: string },
  seconds: number,
): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>({
    name: 'has-unbarred-host',
    text: `select exists (
        select 1 from hosts h
         where h.user_id = $2 and h.last_seen_at > scrum4me_now() - make_interval(secs => $3)
           and not exists (select 1 from job_bars b where b.job_id = $1 and b.host_id = h.id)) as found`,
    values: [job.id, job.userId, seconds],
  })
  return rows[0]?.found ?? false
}
