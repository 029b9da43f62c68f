import { and, desc, eq } from 'drizzle-orm'
import { orm, type Queryable } from '../database.ts'
import { hosts, jobAttempts, jobEvents } from '../schema.ts'

/** The last `limit` things that happened to a job, oldest first, with the names of the hosts whose attempts they are of. */
export async function listJobEvents(on: Queryable, jobId: string, limit: number) {
  const newest = await orm(on)
    .select({ event: jobEvents, hostName: hosts.name })
    .from(jobEvents)
    .leftJoin(jobAttempts, and(eq(jobAttempts.jobId, jobEvents.jobId), eq(jobAttempts.claimNo, jobEvents.claimNo)))
    .leftJoin(hosts, eq(hosts.id, jobAttempts.hostId))
    .where(eq(jobEvents.jobId, jobId))
    .orderBy(desc(jobEvents.id))
    .limit(limit)
  return newest.reverse()
}
