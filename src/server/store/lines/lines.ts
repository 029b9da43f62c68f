import { and, desc, eq, getTableColumns, isNull, sql } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import { lineBranch } from '../../../domain/branch-name.ts'
import type { LineEnd } from '../../../domain/line-end.ts'
import { orm, prepared } from '../database.ts'
import { CLOCK } from '../schema/columns.ts'
import { branchLines, claudeJobs } from '../schema.ts'

/** A repository and a branch in it. */
export interface Lane {
  repoKey: string | null
  branch: string | null
}
export type Line = typeof branchLines.$inferSelect

/** Locks the newest line of a name, with the run of the job that broke it; null when there is none yet. */
export async function lockNewestLine(client: PoolClient, repoKey: string, base: string) {
  const [line] = await prepared(client, 'lock-newest-line', db =>
    db
      .select({
        ...getTableColumns(branchLines),
        brokenInRunId: sql<string | null>`(select ${claudeJobs.sprintRunId} from ${claudeJobs}
        where ${claudeJobs.id} = ${branchLines.brokenByJobId})`,
      })
      .from(branchLines)
      .where(and(eq(branchLines.repoKey, sql.placeholder('repoKey')), eq(branchLines.base, sql.placeholder('base'))))
      .orderBy(desc(branchLines.number))
      .limit(1)
      .for('no key update'),
  ).execute({ repoKey, base })
  return line ?? null
}

/** Adds a line and returns its branch; null when somebody else has added it at this moment. */
export async function insertLine(
  client: PoolClient,
  { repoKey, base, number }: Pick<Line, 'repoKey' | 'base' | 'number'>,
): Promise<string | null> {
  const branch = lineBranch(base, number)
  const { rowCount } = await orm(client)
    .insert(branchLines)
    .values({ repoKey, base, number, branch })
    .onConflictDoNothing()
  return rowCount === 1 ? branch : null
}

/** An attempt has begun on the lane's line. */
export async function markBegun(client: PoolClient, lane: Lane): Promise<void> {
  await orm(client)
    .update(branchLines)
    .set({ begunAt: CLOCK })
    .where(and(ofLane(lane), isNull(branchLines.begunAt)))
}

/** A job has done its work on the lane's line, which is whole again if one had failed on it; something of it is on origin. */
export async function markDone(client: PoolClient, lane: Lane, { isPushed }: { isPushed: boolean }): Promise<void> {
  await orm(client)
    .update(branchLines)
    .set({ brokenByJobId: null, ...(isPushed && { pushedAt: CLOCK }) })
    .where(ofLane(lane))
}

/** A job that had begun on the lane's line failed or was cancelled. */
export async function markBroken(client: PoolClient, lane: Lane, jobId: string): Promise<void> {
  await orm(client).update(branchLines).set({ brokenByJobId: jobId }).where(ofLane(lane))
}

/** The job that broke its line, if it did, goes on with it. */
export async function mendLine(client: PoolClient, lane: Lane, jobId: string): Promise<void> {
  await orm(client)
    .update(branchLines)
    .set({ brokenByJobId: null })
    .where(and(ofLane(lane), eq(branchLines.brokenByJobId, jobId)))
}

/** The lane's line is over for good. */
export async function markLeft(client: PoolClient, lane: Lane, leftBecause: LineEnd): Promise<void> {
  await orm(client)
    .update(branchLines)
    .set({ leftAt: CLOCK, leftBecause })
    .where(and(ofLane(lane), isNull(branchLines.leftAt)))
}

function ofLane({ repoKey, branch }: Lane) {
  return and(eq(branchLines.repoKey, repoKey ?? ''), eq(branchLines.branch, branch ?? ''))
}
