import { and, eq, lt } from 'drizzle-orm'
import { orm, type Queryable } from '../database.ts'
import { inSeconds } from '../schema/columns.ts'
import { idempotencyKeys } from '../schema.ts'

export interface KeyedCall {
  userId: string
  key: string
  procedure: string
  inputHash: string
}

/** Takes a key, in the transaction of the change that it stands for; 23505 of its primary key when it is taken. */
export async function takeKey(on: Queryable, { userId, key, procedure, inputHash }: KeyedCall): Promise<void> {
  await orm(on).insert(idempotencyKeys).values({ userId, key, procedure, inputHash })
}

/** What is stored of a key; null when it is free. */
export async function readKey(on: Queryable, { userId, key }: KeyedCall) {
  const [row] = await orm(on)
    .select()
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.userId, userId), eq(idempotencyKeys.key, key)))
  return row ?? null
}

/** Keeps the answer of a call that has taken its key. */
export async function keepAnswer(on: Queryable, { userId, key }: KeyedCall, answer: unknown): Promise<void> {
  await orm(on)
    .update(idempotencyKeys)
    .set({ answer })
    .where(and(eq(idempotencyKeys.userId, userId), eq(idempotencyKeys.key, key)))
}

/** Forgets the keys that are older than so many seconds. */
export async function forgetKeys(on: Queryable, olderThanSeconds: number): Promise<void> {
  await orm(on)
    .delete(idempotencyKeys)
    .where(lt(idempotencyKeys.createdAt, inSeconds(-olderThanSeconds)))
}
