import { eq, sql } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { prepared } from '../database.ts'
import { tasks } from '../schema.ts'
import type { Task } from './insert-items.ts'

/** Locks a task, so that nobody sends it to an agent, or takes it into a run, at this moment; null if unknown. */
export async function lockTask(client: PoolClient, taskId: string): Promise<Task | null> {
  const [task] = await prepared(client, 'lock-task', db =>
    db
      .select()
      .from(tasks)
      .where(eq(tasks.id, sql.placeholder('taskId')))
      .for('no key update'),
  ).execute({ taskId })
  return task ?? null
}
