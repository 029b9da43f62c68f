import type { PoolClient } from 'pg'

/** Runs `work` in a transaction on a connection that is held for more than that. */
export async function transactionOn<T>(client: PoolClient, work: () => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    // A connection that was lost has rolled back by itself.
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}
