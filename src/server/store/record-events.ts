import type { PoolClient } from 'pg'
import { orm } from './database.ts'
import { events } from './schema.ts'

/** The things that readers of the outbox are told about. */
export type ChangeType =
  | 'claude_job_enqueued'
  | 'claude_job_status'
  | 'sprint_run_status'
  | 'task_execution_status'
  | 'backlog'
  | 'product_kit'

/** One change, in ids only; `status` in lower case. */
export interface Change {
  type: ChangeType
  userId: string
  productId: string
  jobId?: string
  taskId?: string
  sprintRunId?: string
  status?: string
}
export interface RecordedChange extends Change {
  eventId: bigint
}

/** Writes the changes of a transaction to the outbox, in order. */
export async function recordEvents(client: PoolClient, changes: readonly Change[]): Promise<RecordedChange[]> {
  if (changes.length === 0) return []
  const rows = await orm(client)
    .insert(events)
    .values([...changes])
    .returning({ id: events.id })
  return changes.map((change, index) => ({ ...change, eventId: rows[index]?.id ?? 0n }))
}
