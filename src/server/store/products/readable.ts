import { type Placeholder, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { productMembers } from '../schema.ts'

/** Who reads: a caller, or the placeholders of one. */
export interface Reader {
  userId: string | Placeholder
  /** The products that the token is good for; null means all. */
  productIds: readonly string[] | null | Placeholder
}

/** The caller of a prepared statement, which is executed with `...readerOf(caller)`. */
export const READER = { userId: sql.placeholder('userId'), productIds: sql.placeholder('productIds') }

/** The values of READER. */
export function readerOf({ userId, productIds }: { userId: string; productIds: readonly string[] | null }) {
  return { userId, productIds }
}

/**
 * The condition that every read by id carries: the caller is a member of the product, and the token reaches it.
 * Whoever is not gets nothing, exactly as for an id that does not exist.
 */
export function readableProducts({ userId, productIds }: Reader, productId: PgColumn): SQL {
  const reach = productIds === null || Array.isArray(productIds) ? sql.param(productIds) : productIds
  return sql`exists (select 1 from ${productMembers} where ${productMembers.productId} = ${productId}
    and ${productMembers.userId} = ${userId}) and (${reach}::text[] is null or ${productId} = any(${reach}::text[]))`
}
