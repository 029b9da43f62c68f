import { eq, sql } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { orm, prepared } from '../database.ts'
import { claudeJobs, sprintRuns } from '../schema.ts'

export type Job = typeof claudeJobs.$inferSelect
export type SprintRun = typeof sprintRuns.$inferSelect
export interface LockedJob {
  job: Job
  run: SprintRun | null
}

/** Locks a job's run, then the job: the order of every transaction that can end or requeue one. Null if unknown. */
export async function lockJob(client: PoolClient, jobId: string): Promise<LockedJob | null> {
  const [run] = await prepared(client, 'lock-run-of-job', db =>
    db
      .select()
      .from(sprintRuns)
      .where(sql`${sprintRuns.id} = (select j.sprint_run_id from ${claudeJobs} j where j.id = ${JOB_ID})`)
      .for('no key update'),
  ).execute({ jobId })
  const [job] = await prepared(client, 'lock-job', db =>
    db.select().from(claudeJobs).where(eq(claudeJobs.id, JOB_ID)).for('no key update'),
  ).execute({ jobId })
  return job ? { job, run: run ?? null } : null
}

/** Locks one run; null if unknown. */
export async function lockRun(client: PoolClient, sprintRunId: string): Promise<SprintRun | null> {
  const [run] = await orm(client).select().from(sprintRuns).where(eq(sprintRuns.id, sprintRunId)).for('no key update')
  return run ?? null
}

const JOB_ID = sql.placeholder('jobId')
