import type { Pool } from 'pg'

export interface JobRow {
  id: string
  status: string
  branch: string
  product_id: string
  sprint_run_id: string | null
  base_sha: string | null
  head_sha: string | null
  pushed_at: Date | null
  claim_no: number
  retry_count: number
  max_attempts: number
  error: string | null
}
export interface AttemptRow {
  job_id: string
  claim_no: number
  outcome: string | null
  error: string | null
}
export interface EventRow {
  job_id: string
  status: string
  created_at: Date
}

/** What the database says at the end. */
export interface Board {
  /** In the order of their lanes. */
  jobs: JobRow[]
  attempts: AttemptRow[]
  runs: { id: string; status: string }[]
  /** Of jobs, in order. */
  events: EventRow[]
}

export async function readBoard(pool: Pool): Promise<Board> {
  const read = async <Row extends object>(text: string) => (await pool.query<Row>(text)).rows
  return {
    jobs: await read<JobRow>('select * from claude_jobs order by created_at, sequence, id'),
    attempts: await read<AttemptRow>('select * from job_attempts order by job_id, claim_no'),
    runs: await read('select id, status from sprint_runs'),
    events: await read<EventRow>(
      `select job_id, status, created_at from events where job_id is not null and type like 'claude_job%' order by xact_id, id`,
    ),
  }
}
