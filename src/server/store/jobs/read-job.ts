import { and, desc, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { JobStatus } from '../../../domain/job-lifecycle.ts'
import type { Caller } from '../../../domain/permissions.ts'
import { orm, prepared, type Queryable } from '../database.ts'
import { READER, type Reader, readableProducts, readerOf } from '../products/readable.ts'
import { claudeJobs, tasks } from '../schema.ts'
import { IS_STALLED } from './activity.ts'

/** Jobs of products that the caller can read, newest first. */
export async function listJobs(
  on: Queryable,
  caller: Caller,
  filter: { productId?: string; statuses?: readonly JobStatus[]; limit: number; before?: string },
) {
  const wanted: SQL[] = []
  if (filter.productId) wanted.push(eq(claudeJobs.productId, filter.productId))
  if (filter.statuses) wanted.push(inArray(claudeJobs.status, [...filter.statuses]))
  if (filter.before) wanted.push(olderThan(caller, filter.before))
  return selectJobs(orm(on), caller, wanted)
    .orderBy(desc(claudeJobs.createdAt), desc(claudeJobs.id))
    .limit(filter.limit)
}

/** What is listed after a job that the caller can read; after an unknown one nothing is. */
function olderThan(caller: Caller, jobId: string): SQL {
  const reach = sql.param(caller.productIds)
  const last = sql`select o.created_at, o.id from claude_jobs o join product_members m using (product_id)
    where o.id = ${jobId} and m.user_id = ${caller.userId} and (${reach}::text[] is null or product_id = any(${reach}))`
  return sql`(${claudeJobs.createdAt}, ${claudeJobs.id}) < (${last})`
}

/** One job with its task's code and title, if the caller can read its product; else null. */
export async function readJob(on: Queryable, caller: Caller, jobId: string) {
  const [row] = await prepared(on, 'read-job', db =>
    selectJobs(db, READER, [eq(claudeJobs.id, sql.placeholder('jobId'))]),
  ).execute({ jobId, ...readerOf(caller) })
  return row ?? null
}

/** As in every statement that asks for it, by the table's own name. */
const isStalled = sql<boolean>`${sql.raw(IS_STALLED.replaceAll('j.', 'claude_jobs.'))}`

function selectJobs(db: ReturnType<typeof orm>, reader: Reader, wanted: SQL[]) {
  return db
    .select({ job: claudeJobs, taskCode: tasks.code, taskTitle: tasks.title, isStalled })
    .from(claudeJobs)
    .leftJoin(tasks, eq(tasks.id, claudeJobs.taskId))
    .where(and(readableProducts(reader, claudeJobs.productId), ...wanted))
}
