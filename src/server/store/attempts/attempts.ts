import { and, asc, eq, isNull, lt, or, sql } from 'drizzle-orm'
import type { PoolClient } from 'pg'
import type { AttemptOutcome } from '../../../domain/attempts.ts'
import { orm, prepared, type Queryable } from '../database.ts'
import { CLOCK } from '../schema/columns.ts'
import { hosts, jobAttempts } from '../schema.ts'

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
  const { headSha } = end
  await orm(client)
    .update(jobAttempts)
    .set({ ...end, headSha: sql`coalesce(${headSha}, ${jobAttempts.headSha})` })
    .where(and(eq(jobAttempts.jobId, at.jobId), eq(jobAttempts.claimNo, at.claimNo), isNull(jobAttempts.outcome)))
}

/** Keeps a commit that an attempt had delivered, and that origin refused. */
export async function keepHead(
  client: PoolClient,
  { jobId, claimNo, headSha }: { jobId: string; claimNo: number; headSha: string | null },
): Promise<void> {
  await orm(client)
    .update(jobAttempts)
    .set({ headSha })
    .where(and(eq(jobAttempts.jobId, jobId), eq(jobAttempts.claimNo, claimNo)))
}

/** Makes an attempt go on that had ended. */
export async function reopenAttempt(client: PoolClient, { jobId, claimNo }: Attempt): Promise<void> {
  await orm(client)
    .update(jobAttempts)
    .set({ outcome: null, error: null, summary: null })
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

/** The attempts of a job before the claim of this number with the names of their hosts, oldest first. */
export async function listEarlierAttempts(on: Queryable, jobId: string, claimNo: number) {
  return prepared(on, 'list-earlier-attempts', db =>
    db
      .select({ attempt: jobAttempts, hostName: hosts.name })
      .from(jobAttempts)
      .innerJoin(hosts, eq(hosts.id, jobAttempts.hostId))
      .where(and(eq(jobAttempts.jobId, sql.placeholder('jobId')), lt(jobAttempts.claimNo, sql.placeholder('claimNo'))))
      .orderBy(asc(jobAttempts.claimNo)),
  ).execute({ jobId, claimNo })
}

/**
 * Records what an attempt left on its host; false when no attempt of that host is meant. Work that was saved now is not
 * on origin, although an earlier state of it may be.
 */
export async function recordRemains(
  on: Queryable,
  remains: { jobId: string; claimNo: number; hostId: string; rescueRef: string | null; removed: boolean },
): Promise<boolean> {
  const { jobId, claimNo, hostId, rescueRef, removed } = remains
  const rows = await orm(on)
    .update(jobAttempts)
    .set({
      rescueRef: sql`coalesce(${rescueRef}, ${jobAttempts.rescueRef})`,
      rescuePushedAt: rescueRef === null ? sql`${jobAttempts.rescuePushedAt}` : null,
      cleanedAt: removed ? CLOCK : sql`${jobAttempts.cleanedAt}`,
    })
    .where(ofHost({ jobId, claimNo, hostId }))
    .returning({ jobId: jobAttempts.jobId })
  return rows.length > 0
}

/**
 * Records that the ref of an attempt of this host is on origin, or is no more; false when another ref has the attempt's
 * last state. An attempt of which no ref is known gets it: the call that was to tell may have failed.
 */
export async function recordRescue(
  on: Queryable,
  rescue: { jobId: string; claimNo: number; hostId: string; rescueRef: string; state: 'pushed' | 'dropped' },
): Promise<boolean> {
  const { jobId, claimNo, hostId, rescueRef, state } = rescue
  const { rowCount } = await orm(on)
    .update(jobAttempts)
    .set(state === 'pushed' ? { rescueRef, rescuePushedAt: CLOCK } : { rescueRef: null, rescuePushedAt: null })
    .where(
      and(ofHost({ jobId, claimNo, hostId }), or(isNull(jobAttempts.rescueRef), eq(jobAttempts.rescueRef, rescueRef))),
    )
  return rowCount === 1
}

function ofHost({ jobId, claimNo, hostId }: { jobId: string; claimNo: number; hostId: string }) {
  return and(eq(jobAttempts.jobId, jobId), eq(jobAttempts.claimNo, claimNo), eq(jobAttempts.hostId, hostId))
}
