import { and, inArray, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { Caller } from '../../../domain/permissions.ts'
import { productMembers } from '../schema.ts'

/**
 * The condition that every read by id carries: the caller is a member of the product, and the token reaches it.
 * Whoever is not gets nothing, exactly as for an id that does not exist.
 */
export function readableProducts(caller: Caller, productId: PgColumn): SQL | undefined {
  const member = sql`exists (select 1 from ${productMembers} where ${productMembers.productId} = ${productId}
    and ${productMembers.userId} = ${caller.userId})`
  return and(member, caller.productIds ? inArray(productId, [...caller.productIds]) : undefined)
}
