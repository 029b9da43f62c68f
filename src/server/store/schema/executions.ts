import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import type { CheckResult } from '../../../domain/check-result.ts'
import { EXECUTION_STATUSES, LIVE_EXECUTION_STATUSES } from '../../../domain/execution-lifecycle.ts'
import { VERIFY_REQUIREMENTS, VERIFY_RESULTS } from '../../../domain/verify-gate.ts'
import { tasks } from './backlog.ts'
import { createdAt, id, instant, words } from './columns.ts'
import { claudeJobs } from './jobs.ts'

/** The tasks of a sprint that one job works through: frozen, in their order, at the job's first attach. */
export const sprintTaskExecutions = pgTable(
  'sprint_task_executions',
  {
    id: id().primaryKey(),
    sprintJobId: id()
      .notNull()
      .references(() => claudeJobs.id),
    productId: id().notNull(),
    taskId: id().notNull(),
    order: integer().notNull(),
    planSnapshot: text(),
    verifyRequiredSnapshot: text({ enum: VERIFY_REQUIREMENTS }).notNull(),
    verifyOnlySnapshot: boolean().notNull(),
    /** Known once everything before it is done or skipped. */
    baseSha: text(),
    headSha: text(),
    status: text({ enum: EXECUTION_STATUSES }).notNull().default('PENDING'),
    verifyResult: text({ enum: VERIFY_RESULTS }),
    verifyReasoning: text(),
    verifiedSha: text(),
    /** What the agent says of its work when it has it verified. */
    verifySummary: text(),
    checks: jsonb().$type<readonly CheckResult[]>(),
    skipReason: text(),
    error: text(),
    createdAt: createdAt(),
    startedAt: instant(),
    finishedAt: instant(),
  },
  table => [
    foreignKey({
      name: 'sprint_task_executions_task',
      columns: [table.taskId, table.productId],
      foreignColumns: [tasks.id, tasks.productId],
    }),
    unique('sprint_task_executions_order').on(table.sprintJobId, table.order),
    unique('sprint_task_executions_once').on(table.sprintJobId, table.taskId),
    uniqueIndex('sprint_task_executions_one_running').on(table.sprintJobId).where(sql`status = 'RUNNING'`),
    uniqueIndex('sprint_task_executions_one_live_per_task')
      .on(table.taskId)
      .where(sql`status in (${words(LIVE_EXECUTION_STATUSES)})`),
    index('sprint_task_executions_of_task').on(table.taskId),
    check('sprint_task_executions_status', sql`${table.status} in (${words(EXECUTION_STATUSES)})`),
    check(
      'sprint_task_executions_base',
      sql`${table.status} not in ('RUNNING', 'DONE') or ${table.baseSha} is not null`,
    ),
    check('sprint_task_executions_done_is_pushed', sql`${table.status} <> 'DONE' or ${table.headSha} is not null`),
    check('sprint_task_executions_skip', sql`${table.status} <> 'SKIPPED' or ${table.skipReason} is not null`),
    check(
      'sprint_task_executions_verify',
      sql`(${table.verifyResult} in (${words(VERIFY_RESULTS)})) and ((${table.verifyResult} is null) = (${table.verifiedSha} is null))`,
    ),
    check('sprint_task_executions_required', sql`${table.verifyRequiredSnapshot} in (${words(VERIFY_REQUIREMENTS)})`),
  ],
)
