import type { Queryable } from '../database.ts'
import {
  CLAIMABLE,
  type ClaimScope,
  IN_SCOPE,
  OBSTACLES,
  type Obstacle,
  OF_USERS,
  type Reach,
  reachOf,
  scopeValues,
} from './claimable.ts'

export interface QueueCount {
  productId: string
  claimable: number
  active: number
  blocked: { reason: Obstacle; count: number }[]
}

/** Per product: how many jobs the scope could claim now, how many are at work, and how many what holds up. */
export async function countQueue(on: Queryable, scope: ClaimScope): Promise<QueueCount[]> {
  const { rows } = await on.query<{ product_id: string; state: string; count: number }>({
    name: `count-queue-${reachOf(scope)}`,
    text: COUNT[reachOf(scope)],
    values: scopeValues(scope),
  })
  const counts = new Map<string, QueueCount>()
  for (const { product_id, state, count } of rows) {
    const entry = counts.get(product_id) ?? { productId: product_id, claimable: 0, active: 0, blocked: [] }
    counts.set(product_id, entry)
    if (state === 'claimable') entry.claimable = count
    else if (state === 'active') entry.active = count
    else if (isObstacle(state)) entry.blocked.push({ reason: state, count })
  }
  return [...counts.values()]
}

const state = (reach: Reach) => `case when ${CLAIMABLE[reach]} then 'claimable'
  ${Object.entries(OBSTACLES)
    .map(([reason, obstacle]) => `when ${obstacle} then '${reason}'`)
    .join('\n  ')} end`

const count = (reach: Reach) => `
  select product_id, state, count(*)::int as count from (
    select j.product_id, ${state(reach)} as state from claude_jobs j where ${IN_SCOPE[reach]}
    union all
    select j.product_id, 'active' from claude_jobs j
     where j.status in ('CLAIMED', 'RUNNING') and ${OF_USERS[reach]}
       and ($3::text[] is null or j.product_id = any($3)) and ($4::text is null or j.product_id = $4)) as counted
   group by product_id, state order by product_id, state`

const COUNT: Record<Reach, string> = { one: count('one'), many: count('many') }

function isObstacle(word: string): word is Obstacle {
  return word in OBSTACLES
}
