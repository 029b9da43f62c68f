import { eq } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import type { TaskStatus } from '../../../domain/backlog-lifecycle.ts'
import { orm } from '../database.ts'
import { tasks } from '../schema.ts'

/** Locks a task, so that nobody sends it to an agent, or takes it into a run, at this moment; returns its status. */
export async function lockTask(client: PoolClient, taskId: string): Promise<TaskStatus | null> {
  const [task] = await orm(client)
    .select({ status: tasks.status })
    .from(tasks)
    .where(eq(tasks.id, taskId))
    .for('no key update')
  return task?.status ?? null
}
