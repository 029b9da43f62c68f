import { and, asc, eq, isNull, lt, sql } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import type { AttemptOutcome } from '../../../domain/attempts.ts'
import { orm, type Queryable } from '../database.ts'
import { CLOCK } from '../schema/columns.ts'
import { jobAttempts } from '../schema.ts'

export type Attempt = typeof jobAttempts.$inferSelect
export type NewAttempt = typeof jobAttempts.$inferInsert

/** Records that an attempt got its worktree; repeating it changes nothing. */
export async function insertAttempt(client: PoolClient, attempt: NewAttempt): Promise<void> {
  await orm(client).insert(jobAttempts).values(attempt).onConflictDoNothing()
}

/** Records how an attempt ended, if it was begun and has not ended yet. */
export async function closeAttempt(
  client: PoolClient,
  at: { jobId: string; claimNo: number },
  end: { outcome: AttemptOutcome; error: string | null; summary: string | null; headSha: string | null },
): Promise<void> {
  await orm(client)
    .update(jobAttempts)
    .set(end)
    .where(and(eq(jobAttempts.jobId, at.jobId), eq(jobAttempts.claimNo, at.claimNo), isNull(jobAttempts.outcome)))
}

/** Makes an attempt go on that had ended. */
export async function reopenAttempt(client: PoolClient, { jobId, claimNo }: Attempt): Promise<void> {
  await orm(client)
    .update(jobAttempts)
    .set({ outcome: null, error: null, summary: null, headSha: null })
    .where(and(eq(jobAttempts.jobId, jobId), eq(jobAttempts.claimNo, claimNo)))
}

/** The attempt that a claim of this number made, or null. */
export async function readAttempt(on: Queryable, jobId: string, claimNo: number): Promise<Attempt | null> {
  const [row] = await orm(on)
    .select()
    .from(jobAttempts)
    .where(and(eq(jobAttempts.jobId, jobId), eq(jobAttempts.claimNo, claimNo)))
  return row ?? null
}

/** The attempts of a job before the claim of this number, oldest first. */
export async function listEarlierAttempts(on: Queryable, jobId: string, claimNo: number): Promise<Attempt[]> {
  return orm(on)
    .select()
    .from(jobAttempts)
    .where(and(eq(jobAttempts.jobId, jobId), lt(jobAttempts.claimNo, claimNo)))
    .orderBy(asc(jobAttempts.claimNo))
}

/** Records what an attempt left on its host; false when no attempt of that host is meant. */
export async function recordRemains(
  on: Queryable,
  remains: { jobId: string; claimNo: number; hostId: string; rescueRef: string | null; removed: boolean },
): Promise<boolean> {
  const { jobId, claimNo, hostId, rescueRef, removed } = remains
  const rows = await orm(on)
    .update(jobAttempts)
    .set({
      rescueRef: sql`coalesce(${rescueRef}, ${jobAttempts.rescueRef})`,
      cleanedAt: removed ? CLOCK : sql`${jobAttempts.cleanedAt}`,
    })
    .where(and(eq(jobAttempts.jobId, jobId), eq(jobAttempts.claimNo, claimNo), eq(jobAttempts.hostId, hostId)))
    .returning({ jobId: jobAttempts.jobId })
  return rows.length > 0
}
