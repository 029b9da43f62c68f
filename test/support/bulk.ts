import type { Queryable } from '../../src/server/store/database.ts'
import { newId } from '../../src/server/store/new-id.ts'

/** Jobs with a task and a branch each, written as the enqueueing flow writes them; their ids. */
export async function insertJobs(
  on: Queryable,
  wish: { userId: string; productId: string; storyId: string; count: number; createdAt?: string },
): Promise<string[]> {
  const keys = Array.from({ length: wish.count }, () => newId('job'))
  await on.query(
    `insert into tasks (id, product_id, story_id, code, title, priority, sort_order)
     select 'task_' || k, $2, $3, 'BULK-' || k, 'Bulk', 2, 1 from unnest($1::text[]) k`,
    [keys, wish.productId, wish.storyId],
  )
  await on.query(
    `insert into claude_jobs (id, user_id, product_id, kind, task_id, repo_key, branch, created_at)
     select k, $2, $3, 'TASK_IMPLEMENTATION', 'task_' || k, $3, 'feat/bulk-' || k, $4::timestamptz from unnest($1::text[]) k`,
    [keys, wish.userId, wish.productId, wish.createdAt ?? 'now'],
  )
  return keys
}

/** Workers of a host, written as registering them writes them; their ids. */
export async function insertWorkers(
  on: Queryable,
  wish: { userId: string; hostId: string; count: number },
): Promise<string[]> {
  const ids = Array.from({ length: wish.count }, () => newId('worker'))
  await on.query(
    `insert into workers (id, user_id, host_id, token_id, name, last_seen_at)
     select id, $2, $3, 'token', 'bulk', scrum4me_now() from unnest($1::text[]) id`,
    [ids, wish.userId, wish.hostId],
  )
  return ids
}
