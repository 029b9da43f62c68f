import { and, asc, eq, inArray } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { LIVE_JOB_STATUSES } from '../../../domain/job-lifecycle.ts'
import { orm } from '../database.ts'
import type { Job } from '../jobs/lock-job.ts'
import { claudeJobs } from '../schema.ts'

/** Locks the live jobs of a run, in order; the caller holds the run's lock. */
export async function lockLiveJobs(client: PoolClient, sprintRunId: string): Promise<Job[]> {
  return orm(client)
    .select()
    .from(claudeJobs)
    .where(and(eq(claudeJobs.sprintRunId, sprintRunId), inArray(claudeJobs.status, [...LIVE_JOB_STATUSES])))
    .orderBy(asc(claudeJobs.id))
    .for('no key update')
}
