import type { PoolClient } from 'pg'
import { inTransaction } from '../store/in-transaction.ts'
import { type Change, recordEvents } from '../store/record-events.ts'
import type { Server } from './server-context.ts'

/** An open transaction: its client, and the changes that will be recorded with it. */
export interface Tx {
  client: PoolClient
  changed(change: Change): void
}

/** Runs a state change and its events in one transaction, and tells the waiters after the commit. */
export async function transact<T>(server: Server, work: (tx: Tx) => Promise<T>): Promise<T> {
  const { result, recorded } = await inTransaction(server.pool, async client => {
    const changes: Change[] = []
    const outcome = await work({ client, changed: change => changes.push(change) })
    return { result: outcome, recorded: await recordEvents(client, changes) }
  })
  server.announcer.announce(recorded)
  return result
}
