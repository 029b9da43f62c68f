import { type JobEventKind, jobEvent } from '../../domain/job-events.ts'
import type { PoolClient } from '../store/database.ts'
import { inTransaction } from '../store/in-transaction.ts'
import type { Job } from '../store/jobs/lock-job.ts'
import { type Change, recordEvents, type ToldJobEvent } from '../store/record-events.ts'
import { keyIsTaken, takeCurrentKey } from './change-once.ts'
import type { Server } from './server-context.ts'

/** An open transaction: its client, and the changes that will be recorded with it. */
export interface Tx {
  client: PoolClient
  changed(change: Change): void
  /** Adds a sentence to a job's history. */
  tell(job: Pick<Job, 'id' | 'claimNo'>, kind: JobEventKind, words: string): void
}

/** Runs a state change and its events in one transaction, and tells the waiters after the commit. */
export async function transact<T>(server: Server, work: (tx: Tx) => Promise<T>): Promise<T> {
  const { result, recorded } = await inTransaction(server.pool, async client => {
    const changes: Change[] = []
    const told: ToldJobEvent[] = []
    await takeCurrentKey(client)
    const outcome = await work({
      client,
      changed: change => changes.push(change),
      tell: ({ id: jobId, claimNo }, kind, words) => told.push({ jobId, claimNo, ...jobEvent(kind, words) }),
    })
    return { result: outcome, recorded: await recordEvents(client, changes, told) }
  })
  keyIsTaken()
  server.announcer.announce(recorded)
  return result
}
