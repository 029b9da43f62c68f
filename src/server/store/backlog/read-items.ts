import { and, eq, sql } from 'drizzle-orm'
import type { Caller } from '../../../domain/permissions.ts'
import { orm, type PoolClient, prepared, type Queryable } from '../database.ts'
import { READER, readableProducts, readerOf } from '../products/readable.ts'
import { pbis, products, stories, tasks } from '../schema.ts'
import type { Pbi, Story } from './insert-items.ts'

/** A PBI that the caller can read, or null. */
export async function readPbi(on: Queryable, caller: Caller, pbiId: string): Promise<Pbi | null> {
  const [row] = await orm(on)
    .select()
    .from(pbis)
    .where(and(eq(pbis.id, pbiId), readableProducts(caller, pbis.productId)))
  return row ?? null
}

/** A story that the caller can read, or null. */
export async function readStory(on: Queryable, caller: Caller, storyId: string): Promise<Story | null> {
  const [row] = await orm(on)
    .select()
    .from(stories)
    .where(and(eq(stories.id, storyId), readableProducts(caller, stories.productId)))
  return row ?? null
}

/** A task with its product, if the caller can read it; else null. */
export async function readTask(on: Queryable, caller: Caller, taskId: string) {
  const [row] = await prepared(on, 'read-task', taskQuery).execute({ taskId, ...readerOf(caller) })
  return row ?? null
}

/** The same, with the task locked: it is as it is until the transaction ends. */
export async function lockTaskOf(client: PoolClient, caller: Caller, taskId: string) {
  const [row] = await prepared(client, 'lock-readable-task', db =>
    taskQuery(db).for('no key update', { of: tasks }),
  ).execute({ taskId, ...readerOf(caller) })
  return row ?? null
}

function taskQuery(db: ReturnType<typeof orm>) {
  return db
    .select({ task: tasks, product: products })
    .from(tasks)
    .innerJoin(products, eq(products.id, tasks.productId))
    .where(and(eq(tasks.id, sql.placeholder('taskId')), readableProducts(READER, tasks.productId)))
}
