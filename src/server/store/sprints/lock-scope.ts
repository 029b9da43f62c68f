import { asc, eq } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { orm } from '../database.ts'
import { stories, tasks } from '../schema.ts'

/** Locks the tasks of a sprint, in the order of their ids. */
export async function lockScope(client: PoolClient, sprintId: string): Promise<void> {
  await orm(client)
    .select({ id: tasks.id })
    .from(tasks)
    .innerJoin(stories, eq(stories.id, tasks.storyId))
    .where(eq(stories.sprintId, sprintId))
    .orderBy(asc(tasks.id))
    .for('no key update', { of: tasks })
}
