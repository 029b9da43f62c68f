import { eq, sql } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { orm } from '../database.ts'
import { products } from '../schema.ts'

const COUNTERS = {
  pbi: products.lastPbiNo,
  story: products.lastStoryNo,
  task: products.lastTaskNo,
} as const
const FIELDS = { pbi: 'lastPbiNo', story: 'lastStoryNo', task: 'lastTaskNo' } as const

/** Takes a product's next number for a code; locks the product, so that new items append one after another. */
export async function nextNumber(client: PoolClient, productId: string, thing: keyof typeof COUNTERS): Promise<number> {
  const counter = COUNTERS[thing]
  const [row] = await orm(client)
    .update(products)
    .set({ [FIELDS[thing]]: sql`${counter} + 1` })
    .where(eq(products.id, productId))
    .returning({ number: counter })
  if (!row) throw new Error(`product ${productId} vanished inside a transaction`)
  return row.number
}

/** Locks a product, so that what is added to it gets its number and its place one after another. */
export async function lockProduct(client: PoolClient, productId: string): Promise<void> {
  await orm(client).select({ id: products.id }).from(products).where(eq(products.id, productId)).for('no key update')
}
