import type { Queryable } from '../database.ts'

/** Those of the users who have a job in the queue, claimable or not. */
export async function listUsersWithWork(on: Queryable, userIds: readonly string[]): Promise<string[]> {
  const { rows } = await on.query<{ id: string }>({
    name: 'list-users-with-work',
    text: `select u.id from unnest($1::text[]) u(id)
            where (select true from claude_jobs j where j.user_id = u.id and j.status = 'QUEUED' limit 1)`,
    values: [userIds],
  })
  return rows.map(row => row.id)
}
