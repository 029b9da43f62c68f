import { eq, sql } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import {
  assertPbiCanMove,
  assertSprintCanMove,
  assertStoryCanMove,
  assertTaskCanMove,
  type PbiStatus,
  type SprintStatus,
  type StoryStatus,
  type TaskStatus,
} from '../../../domain/backlog-lifecycle.ts'
import { orm, prepared } from '../database.ts'
import { pbis, sprints, stories, tasks } from '../schema.ts'
import type { Pbi, Story, Task } from './insert-items.ts'

export type Sprint = typeof sprints.$inferSelect

/** Gives a locked task another status, if it has not got it already; tells whether it changed. */
export async function moveTask(client: PoolClient, task: Task, to: TaskStatus): Promise<boolean> {
  if (task.status === to) return false
  assertTaskCanMove(task.status, to)
  await prepared(client, 'move-task', db =>
    db
      .update(tasks)
      .set({ status: sql`${sql.placeholder('to')}` })
      .where(eq(tasks.id, sql.placeholder('id'))),
  ).execute({ id: task.id, to })
  return true
}

/** Gives a locked story another status, if it has not got it already; tells whether it changed. */
export async function moveStory(client: PoolClient, story: Story, to: StoryStatus): Promise<boolean> {
  if (story.status === to) return false
  assertStoryCanMove(story.status, to)
  await orm(client).update(stories).set({ status: to }).where(eq(stories.id, story.id))
  return true
}

/** Gives a locked PBI another status, if it has not got it already; tells whether it changed. */
export async function movePbi(client: PoolClient, pbi: Pbi, to: PbiStatus): Promise<boolean> {
  if (pbi.status === to) return false
  assertPbiCanMove(pbi.status, to)
  await orm(client).update(pbis).set({ status: to }).where(eq(pbis.id, pbi.id))
  return true
}

/** Gives a locked sprint another status, if it has not got it already; tells whether it changed. */
export async function moveSprint(client: PoolClient, sprint: Sprint, to: SprintStatus): Promise<boolean> {
  if (sprint.status === to) return false
  assertSprintCanMove(sprint.status, to)
  await orm(client).update(sprints).set({ status: to }).where(eq(sprints.id, sprint.id))
  return true
}
