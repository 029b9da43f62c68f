import { and, asc, eq } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { orm } from '../database.ts'
import { claudeJobs } from '../schema.ts'
import type { Job } from './lock-job.ts'

/** Locks the jobs that were cancelled because one of their lane failed, in order; the caller holds the run's lock. */
export async function lockTakenAlong(client: PoolClient, failedJobId: string): Promise<Job[]> {
  return orm(client)
    .select()
    .from(claudeJobs)
    .where(and(eq(claudeJobs.cancelledByJobId, failedJobId), eq(claudeJobs.status, 'CANCELLED')))
    .orderBy(asc(claudeJobs.id))
    .for('no key update')
}
