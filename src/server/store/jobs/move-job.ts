import { eq } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { assertJobCanMove, type JobStatus } from '../../../domain/job-lifecycle.ts'
import { orm } from '../database.ts'
import { claudeJobs } from '../schema.ts'
import type { Job } from './lock-job.ts'

/** What may be written to a job beside its status; SQL expressions included, such as the clock. */
export type JobPatch = Omit<Parameters<ReturnType<typeof jobUpdate>['set']>[0], 'id' | 'status'>

/** Gives a locked job another status and writes the patch with it; INVALID_TRANSITION if the lifecycle forbids it. */
export async function moveJob(client: PoolClient, job: Job, to: JobStatus, patch: JobPatch = {}): Promise<Job> {
  assertJobCanMove(job.status, to)
  return write(client, job, { ...patch, status: to })
}

/** Writes to a locked job without changing its status. */
export async function patchJob(client: PoolClient, job: Job, patch: JobPatch): Promise<Job> {
  return write(client, job, patch)
}

async function write(client: PoolClient, job: Job, patch: JobPatch & { status?: JobStatus }): Promise<Job> {
  const [row] = await jobUpdate(client).set(patch).where(eq(claudeJobs.id, job.id)).returning()
  return row ?? job
}

function jobUpdate(client: PoolClient) {
  return orm(client).update(claudeJobs)
}
