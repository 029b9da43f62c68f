import { and, asc, eq, inArray, notInArray, sql } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { LIVE_EXECUTION_STATUSES } from '../../../domain/execution-lifecycle.ts'
import { LIVE_JOB_STATUSES } from '../../../domain/job-lifecycle.ts'
import type { Caller } from '../../../domain/permissions.ts'
import type { Sprint } from '../backlog/move-items.ts'
import { orm, type Queryable } from '../database.ts'
import { readableProducts } from '../products/readable.ts'
import { CLOCK } from '../schema/columns.ts'
import { claudeJobs, pbis, sprints, sprintTaskExecutions, stories, tasks } from '../schema.ts'

/** The code of a new sprint: the day by the database's clock, and its number on that day. */
export async function nextSprintCode(client: PoolClient, productId: string): Promise<string> {
  const today = sql<string>`to_char(${CLOCK} at time zone 'UTC', 'YYYY-MM-DD')`
  const [row] = await orm(client)
    .select({ today, count: sql<number>`count(*)::int` })
    .from(sprints)
    .where(and(eq(sprints.productId, productId), sql`${sprints.code} like 'S-' || ${today} || '-%'`))
  if (!row) throw new Error('a count returned no row')
  return `S-${row.today}-${row.count + 1}`
}

/** Adds a sprint. */
export async function insertSprint(client: PoolClient, sprint: typeof sprints.$inferInsert): Promise<Sprint> {
  const [row] = await orm(client).insert(sprints).values(sprint).returning()
  if (!row) throw new Error('an insert returned no row')
  return row
}

/** A sprint that the caller can read, or null. */
export async function readSprint(on: Queryable, caller: Caller, sprintId: string): Promise<Sprint | null> {
  const [row] = await orm(on)
    .select()
    .from(sprints)
    .where(and(eq(sprints.id, sprintId), readableProducts(caller, sprints.productId)))
  return row ?? null
}

/** Puts stories of one product into a sprint; returns the ids that it took. */
export async function assignStories(
  client: PoolClient,
  sprint: Sprint,
  storyIds: readonly string[],
): Promise<string[]> {
  const rows = await orm(client)
    .update(stories)
    .set({
      sprintId: sprint.id,
      status: sql`case ${stories.status} when 'OPEN' then 'IN_SPRINT' else ${stories.status} end`,
    })
    .where(
      and(
        inArray(stories.id, [...storyIds]),
        eq(stories.productId, sprint.productId),
        sql`${stories.sprintId} is null`,
      ),
    )
    .returning({ id: stories.id })
  return rows.map(row => row.id)
}

/** The open work of a sprint in its order PBI → story → task: unfinished stories with their tasks that are TO_DO. */
export async function listSprintScope(on: Queryable, sprintId: string) {
  return orm(on)
    .select({ task: tasks, story: stories, pbi: pbis, hasLiveJob: hasLiveJob() })
    .from(tasks)
    .innerJoin(stories, eq(stories.id, tasks.storyId))
    .innerJoin(pbis, eq(pbis.id, stories.pbiId))
    .where(and(eq(stories.sprintId, sprintId), notInArray(stories.status, ['DONE']), eq(tasks.status, 'TO_DO')))
    .orderBy(...[pbis, stories, tasks].flatMap(table => [asc(table.sortOrder), asc(table.createdAt), asc(table.id)]))
}

function hasLiveJob() {
  return sql<boolean>`exists (select 1 from ${claudeJobs} where ${claudeJobs.taskId} = ${tasks.id}
    and ${inArray(claudeJobs.status, [...LIVE_JOB_STATUSES])})
    or exists (select 1 from ${sprintTaskExecutions} where ${sprintTaskExecutions.taskId} = ${tasks.id}
    and ${inArray(sprintTaskExecutions.status, [...LIVE_EXECUTION_STATUSES])})`
}

/** The tasks of a sprint that failed, in the order of their ids, in which they may be locked. */
export async function listFailedTasks(on: Queryable, sprintId: string): Promise<string[]> {
  const rows = await orm(on)
    .select({ id: tasks.id })
    .from(tasks)
    .innerJoin(stories, eq(stories.id, tasks.storyId))
    .where(and(eq(stories.sprintId, sprintId), eq(tasks.status, 'FAILED')))
    .orderBy(asc(tasks.id))
  return rows.map(row => row.id)
}
