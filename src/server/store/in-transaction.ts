import pRetry, { AbortError } from 'p-retry'
import type { Pool, PoolClient } from 'pg'
import { borrowClient } from './borrow-client.ts'
import { isTransactionConflict, isUnreachable } from './database-error.ts'

/** Runs `work` in one transaction; a deadlock or serialization failure is repeated, so `work` touches nothing else. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const once = async () => {
    try {
      return await runOnce(pool, work)
    } catch (error) {
      if (isTransactionConflict(error)) throw error
      throw new AbortError(error instanceof Error ? error : new Error(String(error)))
    }
  }
  return pRetry(once, { retries: 4, minTimeout: 10, maxTimeout: 200, randomize: true })
}

async function runOnce<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const { client, giveBack } = await borrowClient(pool)
  let usable = true
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    // A connection that broke, or is silent, is not asked again: its transaction ends with it.
    usable = !isUnreachable(error) && (await rollBack(client))
    throw error
  } finally {
    giveBack({ end: !usable })
  }
}

/** Whether the connection is good for another transaction. */
async function rollBack(client: PoolClient): Promise<boolean> {
  return client.query('rollback').then(
    () => true,
    () => false,
  )
}
