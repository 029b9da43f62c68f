import { and, eq, inArray } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { LIVE_JOB_STATUSES } from '../../../domain/job-lifecycle.ts'
import { orm } from '../database.ts'
import { claudeJobs } from '../schema.ts'
import { type LockedJob, lockJob } from './lock-job.ts'

/** Locks run and job of the one live job that a task has; null when it has none. */
export async function lockLiveJob(client: PoolClient, taskId: string): Promise<LockedJob | null> {
  const [ref] = await orm(client)
    .select({ id: claudeJobs.id })
    .from(claudeJobs)
    .where(and(eq(claudeJobs.taskId, taskId), inArray(claudeJobs.status, [...LIVE_JOB_STATUSES])))
  const locked = ref ? await lockJob(client, ref.id) : null
  return locked && LIVE_JOB_STATUSES.some(status => status === locked.job.status) ? locked : null
}
