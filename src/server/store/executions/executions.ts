import { asc, eq, getTableColumns } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { assertExecutionCanMove, type ExecutionStatus } from '../../../domain/execution-lifecycle.ts'
import { orm, type Queryable } from '../database.ts'
import { claudeJobs, sprintTaskExecutions, tasks } from '../schema.ts'

export type ExecutionRow = typeof sprintTaskExecutions.$inferSelect
/** An execution with the code of its task. */
export type Execution = ExecutionRow & { code: string }
export type ExecutionPatch = Omit<Parameters<ReturnType<typeof executionUpdate>['set']>[0], 'id' | 'status'>

/** The executions of a job in their order, locked; the caller holds the job's lock. */
export async function lockExecutions(client: PoolClient, jobId: string): Promise<Execution[]> {
  return selectExecutions(client)
    .where(eq(sprintTaskExecutions.sprintJobId, jobId))
    .orderBy(asc(sprintTaskExecutions.order))
    .for('no key update', { of: sprintTaskExecutions })
}

/** The executions of a run's jobs in their order, with the titles of their tasks. */
export async function listRunExecutions(on: Queryable, sprintRunId: string) {
  return orm(on)
    .select({ execution: sprintTaskExecutions, code: tasks.code, title: tasks.title })
    .from(sprintTaskExecutions)
    .innerJoin(tasks, eq(tasks.id, sprintTaskExecutions.taskId))
    .innerJoin(claudeJobs, eq(claudeJobs.id, sprintTaskExecutions.sprintJobId))
    .where(eq(claudeJobs.sprintRunId, sprintRunId))
    .orderBy(asc(sprintTaskExecutions.order))
}

/** Freezes the executions of a job, as they are given. */
export async function insertExecutions(
  client: PoolClient,
  executions: readonly (typeof sprintTaskExecutions.$inferInsert)[],
): Promise<void> {
  if (executions.length > 0)
    await orm(client)
      .insert(sprintTaskExecutions)
      .values([...executions])
}

/** Gives a locked execution another status and writes the patch with it; INVALID_TRANSITION if that is not allowed. */
export async function moveExecution(
  client: PoolClient,
  execution: Execution,
  to: ExecutionStatus,
  patch: ExecutionPatch = {},
): Promise<Execution> {
  assertExecutionCanMove(execution.status, to)
  return write(client, execution, { ...patch, status: to })
}

/** Writes to a locked execution without changing its status. */
export async function patchExecution(client: PoolClient, execution: Execution, patch: ExecutionPatch) {
  return write(client, execution, patch)
}

async function write(
  client: PoolClient,
  execution: Execution,
  patch: ExecutionPatch & { status?: ExecutionStatus },
): Promise<Execution> {
  const [row] = await executionUpdate(client).set(patch).where(eq(sprintTaskExecutions.id, execution.id)).returning()
  return { ...execution, ...row }
}

function executionUpdate(client: PoolClient) {
  return orm(client).update(sprintTaskExecutions)
}

function selectExecutions(client: PoolClient) {
  return orm(client)
    .select({ ...getTableColumns(sprintTaskExecutions), code: tasks.code })
    .from(sprintTaskExecutions)
    .innerJoin(tasks, eq(tasks.id, sprintTaskExecutions.taskId))
}
