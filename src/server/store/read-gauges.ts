import type { Queryable } from './database.ts'

/** How many jobs are not over, by status, and how many hosts were seen within a span of seconds. */
export async function readGauges(on: Queryable, hostAliveSeconds: number) {
  const { rows } = await on.query<{ name: string; count: number }>({
    name: 'read-gauges',
    text: `select lower(status) as name, count(*)::int from claude_jobs
             where status in ('QUEUED', 'CLAIMED', 'RUNNING') group by 1
           union all
           select 'hosts', count(*)::int from hosts where last_seen_at > scrum4me_now() - make_interval(secs => $1)`,
    values: [hostAliveSeconds],
  })
  const { hosts = 0, ...counted } = Object.fromEntries(rows.map(({ name, count }) => [name, count]))
  return { jobs: { queued: 0, claimed: 0, running: 0, ...counted }, hostsAlive: hosts }
}
