import { eq } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import type { StoryStatus, TaskStatus } from '../../../domain/backlog-lifecycle.ts'
import { orm } from '../database.ts'
import { pbis, sprints, stories, tasks } from '../schema.ts'
import type { Pbi, Story } from './insert-items.ts'
import type { Sprint } from './move-items.ts'

/** Locks a story, then reads its tasks' statuses, so that two tasks that end at once see one another. */
export async function lockStory(
  client: PoolClient,
  storyId: string,
): Promise<{ story: Story; tasks: TaskStatus[] } | null> {
  const [story] = await orm(client).select().from(stories).where(eq(stories.id, storyId)).for('no key update')
  if (!story) return null
  const rows = await orm(client).select({ status: tasks.status }).from(tasks).where(eq(tasks.storyId, storyId))
  return { story, tasks: rows.map(row => row.status) }
}

/** Locks a PBI, then reads its stories' statuses. */
export async function lockPbi(client: PoolClient, pbiId: string): Promise<{ pbi: Pbi; stories: StoryStatus[] } | null> {
  const [pbi] = await orm(client).select().from(pbis).where(eq(pbis.id, pbiId)).for('no key update')
  if (!pbi) return null
  const rows = await orm(client).select({ status: stories.status }).from(stories).where(eq(stories.pbiId, pbiId))
  return { pbi, stories: rows.map(row => row.status) }
}

/** Locks a sprint, then reads its stories' statuses. */
export async function lockSprint(
  client: PoolClient,
  sprintId: string,
): Promise<{ sprint: Sprint; stories: StoryStatus[] } | null> {
  const [sprint] = await orm(client).select().from(sprints).where(eq(sprints.id, sprintId)).for('no key update')
  if (!sprint) return null
  const rows = await orm(client).select({ status: stories.status }).from(stories).where(eq(stories.sprintId, sprintId))
  return { sprint, stories: rows.map(row => row.status) }
}
