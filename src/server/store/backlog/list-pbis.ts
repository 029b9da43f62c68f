import { and, asc, eq } from 'drizzle-orm'
import type { Caller } from '../../../domain/permissions.ts'
import { orm, type Queryable } from '../database.ts'
import { readableProducts } from '../products/readable.ts'
import { pbis } from '../schema.ts'
import type { Pbi } from './insert-items.ts'

/** The PBIs of a product in their order, if the caller can read it. */
export async function listPbis(on: Queryable, caller: Caller, productId: string): Promise<Pbi[]> {
  return orm(on)
    .select()
    .from(pbis)
    .where(and(eq(pbis.productId, productId), readableProducts(caller, pbis.productId)))
    .orderBy(asc(pbis.sortOrder), asc(pbis.createdAt), asc(pbis.id))
}
