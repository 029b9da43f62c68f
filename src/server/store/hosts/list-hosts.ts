import { and, asc, desc, eq, gt, inArray, isNotNull, or, sql } from 'drizzle-orm'
import { HELD_JOB_STATUSES } from '../../../domain/job-lifecycle.ts'
import { orm, type Queryable } from '../database.ts'
import { claudeJobs, hosts, workers } from '../schema.ts'

export type HostRow = typeof hosts.$inferSelect & {
  workers: (typeof workers.$inferSelect & { jobId: string | null })[]
}

/** The user's hosts, last seen first, each with the workers that hold a job or were seen within `seconds`. */
export async function listHosts(on: Queryable, userId: string, seconds: number): Promise<HostRow[]> {
  const lately = sql`scrum4me_now() - make_interval(secs => ${seconds})`
  const [known, live] = await Promise.all([
    orm(on).select().from(hosts).where(eq(hosts.userId, userId)).orderBy(desc(hosts.lastSeenAt), asc(hosts.id)),
    orm(on)
      .select({ worker: workers, jobId: claudeJobs.id })
      .from(workers)
      .leftJoin(
        claudeJobs,
        and(eq(claudeJobs.workerId, workers.id), inArray(claudeJobs.status, [...HELD_JOB_STATUSES])),
      )
      .where(and(eq(workers.userId, userId), or(gt(workers.lastSeenAt, lately), isNotNull(claudeJobs.id))))
      .orderBy(asc(workers.createdAt), asc(workers.id)),
  ])
  return known.map(host => ({
    ...host,
    workers: live.flatMap(({ worker, jobId }) => (worker.hostId === host.id ? [{ ...worker, jobId }] : [])),
  }))
}
