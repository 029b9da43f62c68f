import type { Queryable } from '../database.ts'

/** The job that a worker holds, if any: whoever lost the answer of a claim is given the same job again. */
export async function readHeldJobId(on: Queryable, userId: string, workerId: string): Promise<string | null> {
  const { rows } = await on.query<{ id: string }>({
    name: 'read-held-job',
    text: `select id from claude_jobs where worker_id = $1 and user_id = $2 and status in ('CLAIMED', 'RUNNING')`,
    values: [workerId, userId],
  })
  return rows[0]?.id ?? null
}
