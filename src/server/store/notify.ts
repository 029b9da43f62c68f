import type { Pool } from 'pg'
import { CHANNEL } from './listen.ts'

/** Sends payloads on the channel in one statement of its own, after the commit that they tell of. */
export async function notify(pool: Pool, payloads: readonly string[]): Promise<void> {
  await pool.query({
    name: 'notify',
    text: 'select pg_notify($1, payload) from unnest($2::text[]) with ordinality as p(payload, n) order by n',
    values: [CHANNEL, payloads],
  })
}
