import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import type { JobStatus } from '../../../domain/job-lifecycle.ts'
import type { Caller } from '../../../domain/permissions.ts'
import { assertRunCanMove, type SprintRunStatus } from '../../../domain/sprint-run-lifecycle.ts'
import { orm, type Queryable } from '../database.ts'
import { listRunExecutions } from '../executions/executions.ts'
import type { Job, SprintRun } from '../jobs/lock-job.ts'
import { readableProducts } from '../products/readable.ts'
import { CLOCK } from '../schema/columns.ts'
import { claudeJobs, sprintRuns, sprints, tasks } from '../schema.ts'

/** Adds a run; a second live run of one sprint violates `sprint_runs_one_live`. */
export async function insertRun(client: PoolClient, run: typeof sprintRuns.$inferInsert): Promise<SprintRun> {
  const [row] = await orm(client).insert(sprintRuns).values(run).returning()
  if (!row) throw new Error('an insert returned no row')
  return row
}

/** Gives a locked run another status, with the times that belong to it. */
export async function moveRun(
  client: PoolClient,
  run: SprintRun,
  to: SprintRunStatus,
  patch: { pauseReason?: string | null },
): Promise<void> {
  assertRunCanMove(run.status, to)
  const ended = to === 'DONE' || to === 'FAILED' || to === 'CANCELLED'
  await orm(client)
    .update(sprintRuns)
    .set({
      ...patch,
      status: to,
      ...(to === 'RUNNING' && !run.startedAt && { startedAt: CLOCK }),
      ...(ended && { finishedAt: CLOCK }),
    })
    .where(eq(sprintRuns.id, run.id))
}

/** The statuses of all jobs of a run, whose lock the caller holds. */
export async function listRunJobStatuses(client: PoolClient, sprintRunId: string): Promise<JobStatus[]> {
  const rows = await orm(client)
    .select({ status: claudeJobs.status })
    .from(claudeJobs)
    .where(eq(claudeJobs.sprintRunId, sprintRunId))
  return rows.map(row => row.status)
}

/** Locks the queued jobs of a run in one lane that nobody has delivered yet, in order. */
export async function lockQueuedLane(client: PoolClient, run: SprintRun, lane: Job): Promise<Job[]> {
  return orm(client)
    .select()
    .from(claudeJobs)
    .where(
      and(
        eq(claudeJobs.sprintRunId, run.id),
        eq(claudeJobs.status, 'QUEUED'),
        isNull(claudeJobs.headSha),
        sql`(${claudeJobs.repoKey}, ${claudeJobs.branch}) is not distinct from (${lane.repoKey}, ${lane.branch})`,
      ),
    )
    .orderBy(asc(claudeJobs.id))
    .for('no key update')
}

/** A run with its sprint and its jobs and executions in order, if the caller can read it; else null. */
export async function readRun(on: Queryable, caller: Caller, sprintRunId: string) {
  const [found] = await orm(on)
    .select({ run: sprintRuns, sprint: sprints })
    .from(sprintRuns)
    .innerJoin(sprints, eq(sprints.id, sprintRuns.sprintId))
    .where(and(eq(sprintRuns.id, sprintRunId), readableProducts(caller, sprintRuns.productId)))
  if (!found) return null
  const jobs = await orm(on)
    .select({ job: claudeJobs, taskCode: tasks.code, taskTitle: tasks.title, taskStatus: tasks.status })
    .from(claudeJobs)
    .leftJoin(tasks, eq(tasks.id, claudeJobs.taskId))
    .where(eq(claudeJobs.sprintRunId, sprintRunId))
    .orderBy(asc(claudeJobs.sequence))
  return { ...found, jobs, executions: await listRunExecutions(on, sprintRunId) }
}
