import { eq, sql } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { orm } from '../database.ts'
import { claudeJobs, sprintRuns } from '../schema.ts'

export type Job = typeof claudeJobs.$inferSelect
export type SprintRun = typeof sprintRuns.$inferSelect
export interface LockedJob {
  job: Job
  run: SprintRun | null
}

/** Locks a job's run, then the job: the order of every transaction that can end or requeue one. Null if unknown. */
export async function lockJob(client: PoolClient, jobId: string): Promise<LockedJob | null> {
  const [ref] = await orm(client)
    .select({ sprintRunId: claudeJobs.sprintRunId })
    .from(claudeJobs)
    .where(eq(claudeJobs.id, sql.placeholder('jobId')))
    .prepare('read-run-of-job')
    .execute({ jobId })
  if (!ref) return null
  const run = ref.sprintRunId ? await lockRun(client, ref.sprintRunId) : null
  const [job] = await orm(client)
    .select()
    .from(claudeJobs)
    .where(eq(claudeJobs.id, sql.placeholder('jobId')))
    .for('no key update')
    .prepare('lock-job')
    .execute({ jobId })
  return job ? { job, run } : null
}

/** Locks one run; null if unknown. */
export async function lockRun(client: PoolClient, sprintRunId: string): Promise<SprintRun | null> {
  const [run] = await orm(client).select().from(sprintRuns).where(eq(sprintRuns.id, sprintRunId)).for('no key update')
  return run ?? null
}
