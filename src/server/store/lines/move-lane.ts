import { and, asc, eq, inArray, isNull } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { orm } from '../database.ts'
import type { Job } from '../jobs/lock-job.ts'
import { claudeJobs, sprintRuns } from '../schema.ts'
import type { Lane } from './lines.ts'

/** Locks the queued jobs of a lane that nobody has delivered yet, of whatever run. */
export async function lockWaitingInLane(client: PoolClient, lane: Lane): Promise<Job[]> {
  return orm(client)
    .select()
    .from(claudeJobs)
    .where(
      and(
        eq(claudeJobs.repoKey, lane.repoKey ?? ''),
        eq(claudeJobs.branch, lane.branch ?? ''),
        eq(claudeJobs.status, 'QUEUED'),
        isNull(claudeJobs.headSha),
      ),
    )
    .orderBy(asc(claudeJobs.id))
    .for('no key update')
}

/** Lets locked jobs go on another branch, from its start; they are returned as they are now. */
export async function moveToBranch(client: PoolClient, jobs: readonly Job[], branch: string): Promise<Job[]> {
  const ids = jobs.map(job => job.id)
  return orm(client).update(claudeJobs).set({ branch, baseSha: null }).where(inArray(claudeJobs.id, ids)).returning()
}

/** Gives a locked run another branch. */
export async function moveRunToBranch(client: PoolClient, sprintRunId: string, branch: string): Promise<void> {
  await orm(client).update(sprintRuns).set({ branch }).where(eq(sprintRuns.id, sprintRunId))
}
