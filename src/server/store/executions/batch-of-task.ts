import { and, eq, inArray, notExists, or, sql } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { LIVE_EXECUTION_STATUSES } from '../../../domain/execution-lifecycle.ts'
import { LIVE_RUN_STATUSES } from '../../../domain/sprint-run-lifecycle.ts'
import { type orm, prepared } from '../database.ts'
import { claudeJobs, sprintRuns, sprintTaskExecutions, stories, tasks } from '../schema.ts'

/** The job that has a task to work on in a live BATCH run, or will have once its scope is frozen; null when none has. */
export async function findBatchOf(client: PoolClient, taskId: string) {
  const [row] = await prepared(client, 'find-batch-of-task', batchQuery).execute({ taskId })
  return row ?? null
}

function batchQuery(db: ReturnType<typeof orm>) {
  const unfrozen = notExists(
    db.select().from(sprintTaskExecutions).where(eq(sprintTaskExecutions.sprintJobId, claudeJobs.id)),
  )
  return db
    .select({ jobId: claudeJobs.id, runId: sprintRuns.id, executionId: sprintTaskExecutions.id })
    .from(tasks)
    .innerJoin(stories, eq(stories.id, tasks.storyId))
    .innerJoin(sprintRuns, eq(sprintRuns.sprintId, stories.sprintId))
    .innerJoin(claudeJobs, eq(claudeJobs.sprintRunId, sprintRuns.id))
    .leftJoin(
      sprintTaskExecutions,
      and(
        eq(sprintTaskExecutions.sprintJobId, claudeJobs.id),
        eq(sprintTaskExecutions.taskId, tasks.id),
        inArray(sprintTaskExecutions.status, [...LIVE_EXECUTION_STATUSES]),
      ),
    )
    .where(
      and(
        eq(tasks.id, sql.placeholder('taskId')),
        eq(sprintRuns.execution, 'BATCH'),
        inArray(sprintRuns.status, [...LIVE_RUN_STATUSES]),
        or(inArray(sprintTaskExecutions.status, [...LIVE_EXECUTION_STATUSES]), unfrozen),
      ),
    )
}
