import type { Queryable } from './database.ts'

export interface StoredGauges {
  jobs: Record<string, number>
  hostsAlive: number
  /** In transactions: how far back the oldest snapshot reaches. Nothing younger is vacuumed, so claims become slower. */
  oldestXminAge: number
}

/** How many jobs are not over, by status; how many hosts were seen within a span of seconds; the oldest snapshot. */
export async function readGauges(on: Queryable, hostAliveSeconds: number): Promise<StoredGauges> {
  const { rows } = await on.query<{ name: string; count: number }>({
    name: 'read-gauges',
    text: GAUGES,
    values: [hostAliveSeconds],
  })
  const { hosts = 0, xmin = 0, ...counted } = Object.fromEntries(rows.map(({ name, count }) => [name, count]))
  return { jobs: { queued: 0, claimed: 0, running: 0, ...counted }, hostsAlive: hosts, oldestXminAge: xmin }
}

/** The comparison with '' is always true, and lets the index of queued jobs be used: it holds those with a user. */
const GAUGES = `
  select 'queued' as name, count(*)::int from claude_jobs where status = 'QUEUED' and user_id > ''
  union all
  select lower(status), count(*)::int from claude_jobs where status in ('CLAIMED', 'RUNNING') group by 1
  union all
  select 'hosts', count(*)::int from hosts where last_seen_at > scrum4me_now() - make_interval(secs => $1)
  union all
  select 'xmin', coalesce(max(age(xmin)), 0)::int from (
    select backend_xmin as xmin from pg_stat_activity
    union all select xmin from pg_replication_slots
    union all select transaction from pg_prepared_xacts) held`
