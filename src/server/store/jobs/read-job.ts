import { and, desc, eq, inArray, type SQL } from 'drizzle-orm'
import type { JobStatus } from '../../../domain/job-lifecycle.ts'
import type { Caller } from '../../../domain/permissions.ts'
import { orm, type Queryable } from '../database.ts'
import { readableProducts } from '../products/readable.ts'
import { claudeJobs, tasks } from '../schema.ts'

/** Jobs of products that the caller can read, newest first. */
export async function listJobs(
  on: Queryable,
  caller: Caller,
  filter: { productId?: string; statuses?: readonly JobStatus[]; limit: number },
) {
  const wanted: SQL[] = []
  if (filter.productId) wanted.push(eq(claudeJobs.productId, filter.productId))
  if (filter.statuses) wanted.push(inArray(claudeJobs.status, [...filter.statuses]))
  return selectJobs(on, caller, wanted).orderBy(desc(claudeJobs.createdAt), desc(claudeJobs.id)).limit(filter.limit)
}

/** One job with its task's code and title, if the caller can read its product; else null. */
export async function readJob(on: Queryable, caller: Caller, jobId: string) {
  const [row] = await selectJobs(on, caller, [eq(claudeJobs.id, jobId)])
  return row ?? null
}

function selectJobs(on: Queryable, caller: Caller, wanted: SQL[]) {
  return orm(on)
    .select({ job: claudeJobs, taskCode: tasks.code, taskTitle: tasks.title })
    .from(claudeJobs)
    .leftJoin(tasks, eq(tasks.id, claudeJobs.taskId))
    .where(and(readableProducts(caller, claudeJobs.productId), ...wanted))
}
