import { and, eq, inArray } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { LIVE_JOB_STATUSES } from '../../../domain/job-lifecycle.ts'
import { orm } from '../database.ts'
import { claudeJobs } from '../schema.ts'
import { type LockedJob, lockJob } from './lock-job.ts'

/** The one live job that a task has, or null; sure as long as the caller holds the task's lock. */
export async function readLiveJobId(client: PoolClient, taskId: string): Promise<string | null> {
  const [ref] = await orm(client)
    .select({ id: claudeJobs.id })
    .from(claudeJobs)
    .where(and(eq(claudeJobs.taskId, taskId), inArray(claudeJobs.status, [...LIVE_JOB_STATUSES])))
  return ref?.id ?? null
}

/** Locks run and job of the one live job that a task has; null when it has none. */
export async function lockLiveJob(client: PoolClient, taskId: string): Promise<LockedJob | null> {
  const jobId = await readLiveJobId(client, taskId)
  const locked = jobId === null ? null : await lockJob(client, jobId)
  return locked && LIVE_JOB_STATUSES.some(status => status === locked.job.status) ? locked : null
}
