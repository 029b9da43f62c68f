import { eq, sql } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import type { StoryStatus, TaskStatus } from '../../../domain/backlog-lifecycle.ts'
import { orm, prepared } from '../database.ts'
import { pbis, sprints, stories, tasks } from '../schema.ts'
import type { Pbi, Story } from './insert-items.ts'
import type { Sprint } from './move-items.ts'

/** Locks a story, then reads its tasks' statuses, so that two tasks that end at once see one another. */
export async function lockStory(
  client: PoolClient,
  storyId: string,
): Promise<{ story: Story; tasks: TaskStatus[] } | null> {
  const [story] = await prepared(client, 'lock-story', db =>
    db.select().from(stories).where(eq(stories.id, ID)).for('no key update'),
  ).execute({ id: storyId })
  if (!story) return null
  const rows = await prepared(client, 'statuses-of-story', db =>
    db.select({ status: tasks.status }).from(tasks).where(eq(tasks.storyId, ID)),
  ).execute({ id: storyId })
  return { story, tasks: rows.map(row => row.status) }
}

/** Locks a PBI, then reads its stories' statuses. */
export async function lockPbi(client: PoolClient, pbiId: string): Promise<{ pbi: Pbi; stories: StoryStatus[] } | null> {
  const [pbi] = await prepared(client, 'lock-pbi', db =>
    db.select().from(pbis).where(eq(pbis.id, ID)).for('no key update'),
  ).execute({ id: pbiId })
  if (!pbi) return null
  const rows = await prepared(client, 'statuses-of-pbi', db =>
    db.select({ status: stories.status }).from(stories).where(eq(stories.pbiId, ID)),
  ).execute({ id: pbiId })
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

const ID = sql.placeholder('id')
