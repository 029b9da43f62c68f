import { type Placeholder, sql } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { AppError } from '../../../errors.ts'
import { orm, prepared } from '../database.ts'
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

/** Enqueues the job of one task; a second live job of it violates `claude_jobs_one_live_per_task`. */
export async function insertTaskJob(client: PoolClient, job: Pick<Job, (typeof OF_TASK)[number]>): Promise<Job> {
  const values = Object.fromEntries(OF_TASK.map(column => [column, sql.placeholder(column)]))
  const [row] = await prepared(client, 'insert-task-job', db =>
    db
      .insert(claudeJobs)
      .values({ kind: 'TASK_IMPLEMENTATION', ...(values as Record<(typeof OF_TASK)[number], Placeholder>) })
      .returning(),
  ).execute(job)
  if (!row) throw new AppError('INTERNAL_ERROR', 'The job was not written.')
  return row
}

const OF_TASK = [
  'id',
  'userId',
  'productId',
  'taskId',
  'repoKey',
  'branch',
  'requestedModel',
  'requestedThinkingBudget',
  'requestedPermissionMode',
] as const
