import { and, asc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { LIVE_JOB_STATUSES } from '../../../domain/job-lifecycle.ts'
import type { Caller } from '../../../domain/permissions.ts'
import { orm, type Queryable } from '../database.ts'
import { CLOCK } from '../schema/columns.ts'
import { claudeJobs, productMembers, products } from '../schema.ts'
import { readableProducts } from './readable.ts'

export type Product = typeof products.$inferSelect

/** Adds a product and its maker as the first member. */
export async function insertProduct(client: PoolClient, product: typeof products.$inferInsert): Promise<Product> {
  const [row] = await orm(client).insert(products).values(product).returning()
  if (!row) throw new Error('insert of a product returned no row')
  await orm(client).insert(productMembers).values({ productId: row.id, userId: row.userId })
  return row
}

/** Products that the caller can read by name: those that are archived, or those that are not. */
export async function listProducts(on: Queryable, caller: Caller, isArchived: boolean): Promise<Product[]> {
  return orm(on)
    .select()
    .from(products)
    .where(
      and(
        readableProducts(caller, products.id),
        isArchived ? isNotNull(products.archivedAt) : isNull(products.archivedAt),
      ),
    )
    .orderBy(asc(products.name), asc(products.id))
}

/** One product that the caller can read, archived ones included; else null. */
export async function readProduct(on: Queryable, caller: Caller, productId: string): Promise<Product | null> {
  const [row] = await orm(on)
    .select()
    .from(products)
    .where(and(eq(products.id, productId), readableProducts(caller, products.id)))
  return row ?? null
}

export type ProductPatch = Partial<
  Omit<Product, 'id' | 'userId' | 'lastPbiNo' | 'lastStoryNo' | 'lastTaskNo' | 'createdAt' | 'archivedAt'>
> & { isArchived?: boolean }

/** Changes a product that the caller can read, and returns it; null when there is none. */
export async function updateProduct(
  client: PoolClient,
  caller: Caller,
  productId: string,
  { isArchived, ...columns }: ProductPatch,
): Promise<Product | null> {
  const [row] = await orm(client)
    .update(products)
    .set({ ...columns, ...(isArchived !== undefined && { archivedAt: isArchived ? ARCHIVED : null }) })
    .where(and(eq(products.id, productId), readableProducts(caller, products.id)))
    .returning()
  return row ?? null
}

/** Archiving once more leaves the time as it is. */
const ARCHIVED = sql`coalesce(${products.archivedAt}, ${CLOCK})`

/** Whether any job of a product is queued or at work. */
export async function hasLiveJobs(on: Queryable, productId: string): Promise<boolean> {
  const rows = await orm(on)
    .select({ id: claudeJobs.id })
    .from(claudeJobs)
    .where(and(eq(claudeJobs.productId, productId), inArray(claudeJobs.status, [...LIVE_JOB_STATUSES])))
    .limit(1)
  return rows.length > 0
}
