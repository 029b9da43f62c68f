import type { Caller } from '../../domain/permissions.ts'
import { listJobEvents } from '../store/jobs/list-job-events.ts'
import { listJobs, readJob } from '../store/jobs/read-job.ts'
import { unknownJob } from './hold.ts'
import type { Server } from './server-context.ts'

/** A job that the caller can read; NOT_FOUND otherwise. */
export async function findJob(server: Server, caller: Caller, jobId: string) {
  const row = await readJob(server.pool, caller, jobId)
  if (!row) throw unknownJob(jobId)
  return row
}

/** Jobs that the caller can read, newest first. */
export async function findJobs(server: Server, caller: Caller, filter: Parameters<typeof listJobs>[2]) {
  return listJobs(server.pool, caller, filter)
}

/** The last `limit` things that happened to a job that the caller can read, oldest first; NOT_FOUND otherwise. */
export async function findJobEvents(server: Server, caller: Caller, jobId: string, limit: number) {
  await findJob(server, caller, jobId)
  return listJobEvents(server.pool, jobId, limit)
}
