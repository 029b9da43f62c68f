import type { PoolClient } from 'pg'
import { orm } from '../database.ts'
import { claudeJobs } from '../schema.ts'
import type { Job } from './lock-job.ts'

export type NewJob = typeof claudeJobs.$inferInsert

/** Enqueues jobs as they are given; a second live job of one task violates `claude_jobs_one_live_per_task`. */
export async function insertJobs(client: PoolClient, jobs: readonly NewJob[]): Promise<Job[]> {
  return orm(client)
    .insert(claudeJobs)
    .values([...jobs])
    .returning()
}
