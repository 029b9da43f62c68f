import type { Queryable } from './database.ts'

/** The version of PostgreSQL, such as "18.4". */
export async function readServerVersion(on: Queryable): Promise<string> {
  const { rows } = await on.query<{ version: string }>(
    `select split_part(current_setting('server_version'), ' ', 1) as version`,
  )
  return rows[0]?.version ?? 'unknown'
}
