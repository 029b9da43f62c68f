import type { Pool, PoolClient } from 'pg'
import { isUnreachable } from './database-error.ts'

export interface BorrowedClient {
  client: PoolClient
  /** Returns the connection to the pool, or ends it: when it broke meanwhile, or when it must not be used again. */
  giveBack(options?: { end: boolean }): void
}

/** Takes a connection out of the pool. Its loss between two statements is an event, which unheard would end the process. */
export async function borrowClient(pool: Pool): Promise<BorrowedClient> {
  let broken = false
  const onError = () => {
    broken = true
  }
  const client = await new Promise<PoolClient>((resolve, reject) => {
    // A server that ends may say so in the packet that makes the connection ready: a promise would listen too late.
    pool.connect((error, connected) => {
      connected?.on('error', onError)
      if (connected) resolve(connected)
      else reject(error)
    })
  })
  return {
    client,
    giveBack({ end } = { end: false }) {
      client.off('error', onError)
      client.release(broken || end)
    },
  }
}

/** Runs statements, each a transaction of its own, on one connection of the pool; one that fails leaves it usable. */
export async function onOneConnection<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const { client, giveBack } = await borrowClient(pool)
  let usable = true
  try {
    return await work(client)
  } catch (error) {
    usable = !isUnreachable(error)
    throw error
  } finally {
    giveBack({ end: !usable })
  }
}
