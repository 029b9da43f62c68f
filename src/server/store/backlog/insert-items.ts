import { eq, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { PoolClient } from 'pg'
import { orm } from '../database.ts'
import { pbis, stories, tasks } from '../schema.ts'

export type Pbi = typeof pbis.$inferSelect
export type Story = typeof stories.$inferSelect
export type Task = typeof tasks.$inferSelect

/** Appends a PBI to its product; the product's row is locked by the number that the code was made of. */
export async function insertPbi(client: PoolClient, pbi: Omit<typeof pbis.$inferInsert, 'sortOrder'>): Promise<Pbi> {
  const sortOrder = nextIn(pbis, pbis.sortOrder, pbis.productId, pbi.productId)
  const [row] = await orm(client)
    .insert(pbis)
    .values({ ...pbi, sortOrder })
    .returning()
  return inserted(row)
}

/** Appends a story to its PBI. */
export async function insertStory(
  client: PoolClient,
  story: Omit<typeof stories.$inferInsert, 'sortOrder'>,
): Promise<Story> {
  const sortOrder = nextIn(stories, stories.sortOrder, stories.pbiId, story.pbiId)
  const [row] = await orm(client)
    .insert(stories)
    .values({ ...story, sortOrder })
    .returning()
  return inserted(row)
}

/** Appends a task to its story. */
export async function insertTask(
  client: PoolClient,
  task: Omit<typeof tasks.$inferInsert, 'sortOrder'>,
): Promise<Task> {
  const sortOrder = nextIn(tasks, tasks.sortOrder, tasks.storyId, task.storyId)
  const [row] = await orm(client)
    .insert(tasks)
    .values({ ...task, sortOrder })
    .returning()
  return inserted(row)
}

function nextIn(table: PgTable, sortOrder: PgColumn, parent: PgColumn, parentId: string) {
  return sql<number>`(select coalesce(max(${sortOrder}), 0) + 1 from ${table} where ${eq(parent, parentId)})`
}

function inserted<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new Error('an insert returned no row')
  return row
}
