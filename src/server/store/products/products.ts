import { and, asc, eq, isNull } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import type { Caller } from '../../../domain/permissions.ts'
import { orm, type Queryable } from '../database.ts'
import { productMembers, products } from '../schema.ts'
import { readableProducts } from './readable.ts'

export type Product = typeof products.$inferSelect

/** Adds a product and its maker as the first member. */
export async function insertProduct(client: PoolClient, product: typeof products.$inferInsert): Promise<Product> {
  const [row] = await orm(client).insert(products).values(product).returning()
  if (!row) throw new Error('insert of a product returned no row')
  await orm(client).insert(productMembers).values({ productId: row.id, userId: row.userId })
  return row
}

/** Products that the caller can read and that are not archived, by name. */
export async function listProducts(on: Queryable, caller: Caller): Promise<Product[]> {
  return orm(on)
    .select()
    .from(products)
    .where(and(readableProducts(caller, products.id), isNull(products.archivedAt)))
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

export type ProductPatch = Partial<Pick<Product, 'kit' | 'pushRescues'>>

/** Changes a product that the caller can read, and returns it; null when there is none. */
export async function updateProduct(
  client: PoolClient,
  caller: Caller,
  productId: string,
  patch: ProductPatch,
): Promise<Product | null> {
  const [row] = await orm(client)
    .update(products)
    .set(patch)
    .where(and(eq(products.id, productId), readableProducts(caller, products.id)))
    .returning()
  return row ?? null
}
