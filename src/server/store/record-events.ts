import type { PoolClient } from 'pg'
import type { JobEvent } from '../../domain/job-events.ts'

/** The things that readers of the outbox are told about. */
export type ChangeType =
  | 'claude_job_enqueued'
  | 'claude_job_status'
  | 'claude_job_activity'
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

/** What happened to a job under its present claim. */
export interface ToldJobEvent extends JobEvent {
  jobId: string
  claimNo: number
}

/** Writes the changes of a transaction to the outbox, and what it tells of jobs to their histories, each in its order. */
export async function recordEvents(
  client: PoolClient,
  changes: readonly Change[],
  told: readonly ToldJobEvent[] = [],
): Promise<RecordedChange[]> {
  if (changes.length + told.length === 0) return []
  const { rows } = await client.query<{ id: string }>({
    name: 'record-events',
    text: RECORD,
    values: [
      ...COLUMNS.map(column => changes.map(change => change[column] ?? null)),
      ...HISTORY.map(column => told.map(event => event[column])),
    ],
  })
  return changes.map((change, index) => ({ ...change, eventId: BigInt(rows[index]?.id ?? 0) }))
}

const COLUMNS = ['type', 'userId', 'productId', 'jobId', 'taskId', 'sprintRunId', 'status'] as const
const HISTORY = ['jobId', 'claimNo', 'kind', 'words'] as const

const RECORD = `
  with told as (
    insert into job_events (job_id, claim_no, kind, words)
    select job_id, claim_no, kind, words
      from unnest($8::text[], $9::int[], $10::text[], $11::text[]) with ordinality as t(job_id, claim_no, kind, words, n)
     order by n)
  insert into events (type, user_id, product_id, job_id, task_id, sprint_run_id, status)
  select type, user_id, product_id, job_id, task_id, sprint_run_id, status
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) with ordinality
      as c(type, user_id, product_id, job_id, task_id, sprint_run_id, status, n)
   order by n
  returning id`
