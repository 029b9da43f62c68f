import { sql } from 'drizzle-orm'
import {
  bigint,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { type AgentSettings, PERMISSION_MODES } from '../../../domain/agent-settings.ts'
import { ATTEMPT_OUTCOMES } from '../../../domain/attempts.ts'
import type { CheckResult } from '../../../domain/check-result.ts'
import { JOB_KINDS } from '../../../domain/job-kinds.ts'
import { HELD_JOB_STATUSES, JOB_STATUSES, LIVE_JOB_STATUSES } from '../../../domain/job-lifecycle.ts'
import { VERIFY_RESULTS } from '../../../domain/verify-gate.ts'
import { users } from './accounts.ts'
import { tasks } from './backlog.ts'
import { createdAt, id, instant, words } from './columns.ts'
import { hosts } from './hosts.ts'
import { products } from './products.ts'
import { sprintRuns } from './sprints.ts'

const held = sql`status in (${words(HELD_JOB_STATUSES)})`

/**
 * One unit of work for an agent. Token, worker and host carry no foreign key: the claim writes this row alone, and
 * their rows are never deleted. No index on lease_until, so that renewing a lease touches no index.
 */
export const claudeJobs = pgTable(
  'claude_jobs',
  {
    id: id().primaryKey(),
    userId: id()
      .notNull()
      .references(() => users.id),
    productId: id()
      .notNull()
      .references(() => products.id),
    kind: text({ enum: JOB_KINDS }).notNull(),
    status: text({ enum: JOB_STATUSES }).notNull().default('QUEUED'),
    taskId: id(),
    sprintRunId: id(),
    sequence: integer().notNull().default(0),
    repoKey: text(),
    branch: text(),
    createdAt: createdAt(),
    claimedByTokenId: id(),
    workerId: id(),
    hostId: id(),
    claimToken: uuid(),
    claimNo: integer().notNull().default(0),
    claimedAt: instant(),
    attachedAt: instant(),
    startedAt: instant(),
    finishedAt: instant(),
    cancelRequestedAt: instant(),
    /** The failed job of its lane that took it along, and whose retry brings it back. */
    cancelledByJobId: id(),
    leaseUntil: instant(),
    /** When its agent called for last, or changed something in its worktree; while it is at work. */
    activeAt: instant(),
    notBefore: instant(),
    retryCount: integer().notNull().default(0),
    maxAttempts: integer().notNull().default(3),
    setupFailures: integer().notNull().default(0),
    planSnapshot: text(),
    baseSha: text(),
    headSha: text(),
    pushedAt: instant(),
    prUrl: text(),
    verifyResult: text({ enum: VERIFY_RESULTS }),
    verifyReasoning: text(),
    verifiedSha: text(),
    /** Of the commit that was verified, or, once it is delivered, of that one. */
    checks: jsonb().$type<readonly CheckResult[]>(),
    requestedModel: text(),
    requestedThinkingBudget: integer(),
    requestedPermissionMode: text({ enum: PERMISSION_MODES }),
    /** How the agent was asked to run, resolved for the present claim. */
    config: jsonb().$type<AgentSettings>(),
    summary: text(),
    error: text(),
    inputTokens: bigint({ mode: 'number' }),
    outputTokens: bigint({ mode: 'number' }),
    cacheReadTokens: bigint({ mode: 'number' }),
    cacheWriteTokens: bigint({ mode: 'number' }),
    costUsd: numeric({ precision: 12, scale: 6, mode: 'number' }),
  },
  table => [
    foreignKey({
      name: 'claude_jobs_task',
      columns: [table.taskId, table.productId],
      foreignColumns: [tasks.id, tasks.productId],
    }),
    foreignKey({
      name: 'claude_jobs_run',
      columns: [table.sprintRunId, table.productId],
      foreignColumns: [sprintRuns.id, sprintRuns.productId],
    }),
    // Each "not null" keeps its index for queries that name its first column: planned while the table was small, a claim
    // or a look at one lane would else read every queued or held job over the wrong one.
    index('claude_jobs_claim_order')
      .on(table.userId, table.createdAt, table.sequence, table.id)
      .where(sql`status = 'QUEUED' and user_id is not null`),
    index('claude_jobs_lane_order')
      .on(table.repoKey, table.branch, table.createdAt, table.sequence, table.id)
      .where(sql`status = 'QUEUED' and repo_key is not null`),
    uniqueIndex('claude_jobs_one_per_lane').on(table.repoKey, table.branch).where(held),
    uniqueIndex('claude_jobs_one_per_worker').on(table.workerId).where(sql`${held} and worker_id is not null`),
    uniqueIndex('claude_jobs_one_live_per_task')
      .on(table.taskId)
      .where(sql`status in (${words(LIVE_JOB_STATUSES)}) and task_id is not null`),
    index('claude_jobs_of_run').on(table.sprintRunId).where(sql`sprint_run_id is not null`),
    index('claude_jobs_cancelled_by').on(table.cancelledByJobId).where(sql`cancelled_by_job_id is not null`),
    index('claude_jobs_of_product').on(table.productId, table.createdAt),
    check('claude_jobs_kind', sql`${table.kind} in (${words(JOB_KINDS)})`),
    check('claude_jobs_status', sql`${table.status} in (${words(JOB_STATUSES)})`),
    check(
      'claude_jobs_refs',
      sql`case ${table.kind} when 'TASK_IMPLEMENTATION' then ${table.taskId} is not null
        when 'SPRINT_IMPLEMENTATION' then ${table.taskId} is null and ${table.sprintRunId} is not null end`,
    ),
    check('claude_jobs_lane', sql`${table.repoKey} is not null and ${table.branch} is not null`),
    check(
      'claude_jobs_held_is_complete',
      sql`${table.status} not in (${words(HELD_JOB_STATUSES)}) or (${table.claimedByTokenId} is not null and ${table.workerId} is not null
        and ${table.hostId} is not null and ${table.claimToken} is not null and ${table.leaseUntil} is not null)`,
    ),
    check(
      'claude_jobs_running_is_attached',
      sql`${table.status} <> 'RUNNING' or (${table.attachedAt} is not null and ${table.baseSha} is not null)`,
    ),
    check('claude_jobs_done_is_delivered', sql`${table.status} <> 'DONE' or ${table.headSha} is not null`),
    check(
      'claude_jobs_verify',
      sql`(${table.verifyResult} in (${words(VERIFY_RESULTS)})) and ((${table.verifyResult} is null) = (${table.verifiedSha} is null))`,
    ),
    check('claude_jobs_mode', sql`${table.requestedPermissionMode} in (${words(PERMISSION_MODES)})`),
    check(
      'claude_jobs_counts',
      sql`${table.retryCount} >= 0 and ${table.setupFailures} >= 0 and ${table.maxAttempts} >= 1`,
    ),
  ],
)

/** One try at a job that got as far as a worktree. */
export const jobAttempts = pgTable(
  'job_attempts',
  {
    jobId: id()
      .notNull()
      .references(() => claudeJobs.id),
    claimNo: integer().notNull(),
    hostId: id()
      .notNull()
      .references(() => hosts.id),
    worktreePath: text().notNull(),
    baseSha: text().notNull(),
    headSha: text(),
    outcome: text({ enum: ATTEMPT_OUTCOMES }),
    error: text(),
    summary: text(),
    rescueRef: text(),
    /** Since when origin has the ref, too. */
    rescuePushedAt: instant(),
    attachedAt: createdAt(),
    cleanedAt: instant(),
  },
  table => [
    primaryKey({ columns: [table.jobId, table.claimNo] }),
    index('job_attempts_uncleaned').on(table.hostId).where(sql`cleaned_at is null`),
    check('job_attempts_outcome', sql`${table.outcome} in (${words(ATTEMPT_OUTCOMES)})`),
    check('job_attempts_pushed_is_kept', sql`${table.rescuePushedAt} is null or ${table.rescueRef} is not null`),
  ],
)

/** A host that cannot take a job until somebody configures it. */
export const jobBars = pgTable(
  'job_bars',
  {
    jobId: id()
      .notNull()
      .references(() => claudeJobs.id),
    hostId: id()
      .notNull()
      .references(() => hosts.id),
    reason: text().notNull(),
    createdAt: createdAt(),
  },
  table => [primaryKey({ columns: [table.jobId, table.hostId] })],
)
