import type { Queryable } from '../database.ts'
import { CLAIMABLE_SOMEWHERE, type ClaimScope, type Reach, reachOf, scopeValues } from './claimable.ts'

/** Those hosts of the scope that may take a job which others are barred from; begins at the bars, which are few. */
export async function listOpenHosts(on: Queryable, scope: ClaimScope): Promise<string[]> {
  const reach = reachOf(scope)
  const { rows } = await on.query<{ id: string }>({
    name: `list-open-hosts-${reach}`,
    text: OPEN[reach],
    values: scopeValues(scope),
  })
  return rows.map(row => row.id)
}

const open = (reach: Reach) => `
  with barred as materialized (
    select j.id from claude_jobs j where j.id in (select job_id from job_bars) and ${CLAIMABLE_SOMEWHERE[reach]})
  select h.id from unnest($2::text[]) h(id)
   where exists (
     select from barred where not exists (select from job_bars b where b.job_id = barred.id and b.host_id = h.id))
   order by h.id`
const OPEN: Record<Reach, string> = { one: open('one'), many: open('many') }
