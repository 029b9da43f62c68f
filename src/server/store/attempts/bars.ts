import { eq } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { orm, type Queryable } from '../database.ts'
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

/** That a live host remains which may take the job `j`, its user's or a shared one, and is not barred from it: one that was
 * seen within so many seconds, or that renews the lease of a job that it is at work on. */
const HAS_OPEN_HOST = `exists (
  select 1 from hosts h
   where (h.user_id = j.user_id or exists (
       select 1 from api_tokens t where t.user_id = h.user_id and t.is_worker and t.revoked_at is null
          and j.product_id = any(t.product_ids)))
     and (h.last_seen_at > scrum4me_now() - make_interval(secs => $2) or exists (
       select 1 from claude_jobs o where o.host_id = h.id and o.status in ('CLAIMED', 'RUNNING')
          and o.lease_until > scrum4me_now()))
     and not exists (select 1 from job_bars b where b.job_id = j.id and b.host_id = h.id))`

/** Whether a live host remains that may take the job and is not barred from it. */
export async function hasUnbarredHost(client: PoolClient, jobId: string, seconds: number): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>({
    name: 'has-unbarred-host',
    text: `select ${HAS_OPEN_HOST} as found from claude_jobs j where j.id = $1`,
    values: [jobId, seconds],
  })
  return rows[0]?.found ?? false
}

/** A queued job that no live host may take, unless its run is held up, and why the last host that was barred cannot. */
const FORSAKEN = `j.status = 'QUEUED' and not ${HAS_OPEN_HOST}
  and not exists (select 1 from sprint_runs r where r.id = j.sprint_run_id and r.status = 'PAUSED')`

/** Ids of barred jobs that wait for a host which is not there any more, at most `limit`; begins at the bars, which are few. */
export async function listForsakenJobs(on: Queryable, seconds: number, limit: number): Promise<string[]> {
  const { rows } = await on.query<{ id: string }>({
    name: 'list-forsaken-jobs',
    text: `select j.id from claude_jobs j where j.id in (select job_id from job_bars) and ${FORSAKEN} order by j.id limit $1`,
    values: [limit, seconds],
  })
  return rows.map(row => row.id)
}

/** Why no host can take a barred job that is locked now; null when one can, or it is not in the queue. */
export async function readForsaken(client: PoolClient, jobId: string, seconds: number): Promise<string | null> {
  const { rows } = await client.query<{ reason: string }>({
    name: 'read-forsaken',
    text: `select b.reason from claude_jobs j join job_bars b on b.job_id = j.id
            where j.id = $1 and ${FORSAKEN} order by b.created_at desc, b.host_id limit 1`,
    values: [jobId, seconds],
  })
  return rows[0]?.reason ?? null
}

/** Offers a job to every host again; tells whether one was barred from it. */
export async function liftBars(client: PoolClient, jobId: string): Promise<boolean> {
  const { rowCount } = await orm(client).delete(jobBars).where(eq(jobBars.jobId, jobId))
  return (rowCount ?? 0) > 0
}
