import { eq } from 'drizzle-orm'
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

/**
 * Whether a live host remains that may take the job, its user's or a shared one, and is not barred from it: one that was
 * seen within `seconds`, or that renews the lease of a job that it is at work on.
 */
export async function hasUnbarredHost(
  client: PoolClient,
  job: { id: string; userId: string; productId: string },
  seconds: number,
): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>({
    name: 'has-unbarred-host',
    text: `select exists (
        select 1 from hosts h
         where (h.user_id = $2 or exists (
             select 1 from api_tokens t where t.user_id = h.user_id and t.is_worker and t.revoked_at is null
                and $4 = any(t.product_ids)))
           and (h.last_seen_at > scrum4me_now() - make_interval(secs => $3) or exists (
             select 1 from claude_jobs o where o.host_id = h.id and o.status in ('CLAIMED', 'RUNNING')
                and o.lease_until > scrum4me_now()))
           and not exists (select 1 from job_bars b where b.job_id = $1 and b.host_id = h.id)) as found`,
    values: [job.id, job.userId, seconds, job.productId],
  })
  return rows[0]?.found ?? false
}

/** Offers a job to every host again. */
export async function liftBars(client: PoolClient, jobId: string): Promise<void> {
  await orm(client).delete(jobBars).where(eq(jobBars.jobId, jobId))
}
