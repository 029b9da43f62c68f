import type { Pool, PoolClient } from 'pg'

export interface BorrowedClient {
  client: PoolClient
  /** Returns the connection to the pool, or ends it: when it broke meanwhile, or when it must not be used again. */
  giveBack(options?: { end: boolean }): void
}

/** Takes a connection out of the pool. Its loss between two statements is an event, which unheard would end the process. */
export async function borrowClient(pool: Pool): Promise<BorrowedClient> {
  const client = await pool.connect()
  let broken = false
  const onError = () => {
    broken = true
  }
  client.on('error', onError)
  return {
    client,
    giveBack({ end } = { end: false }) {
      client.off('error', onError)
      client.release(broken || end)
    },
  }
}
