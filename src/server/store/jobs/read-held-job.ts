import type { JobStatus } from '../../../domain/job-lifecycle.ts'
import type { Queryable } from '../database.ts'

/** The job that a worker holds, if any. */
export async function readHeldJob(
  on: Queryable,
  userIds: readonly string[],
  workerId: string,
): Promise<{ id: string; status: JobStatus } | null> {
  const { rows } = await on.query<{ id: string; status: JobStatus }>({
    name: 'read-held-job',
    text: `select id, status from claude_jobs where worker_id = $1 and user_id = any($2::text[]) and status in ('CLAIMED', 'RUNNING')`,
    values: [workerId, userIds],
  })
  return rows[0] ?? null
}
