import { sql } from 'drizzle-orm'
import { check, foreignKey, index, pgTable, text, unique, uniqueIndex } from 'drizzle-orm/pg-core'
import { SPRINT_STATUSES } from '../../../domain/backlog-lifecycle.ts'
import {
  LIVE_RUN_STATUSES,
  PR_STRATEGIES,
  RUN_EXECUTIONS,
  SPRINT_RUN_STATUSES,
} from '../../../domain/sprint-run-lifecycle.ts'
import { users } from './accounts.ts'
import { createdAt, id, instant, words } from './columns.ts'
import { products } from './products.ts'

export const sprints = pgTable(
  'sprints',
  {
    id: id().primaryKey(),
    productId: id()
      .notNull()
      .references(() => products.id),
    code: text().notNull(),
    goal: text().notNull(),
    status: text({ enum: SPRINT_STATUSES }).notNull().default('OPEN'),
    createdAt: createdAt(),
  },
  table => [
    unique('sprints_code').on(table.productId, table.code),
    unique('sprints_in_product').on(table.id, table.productId),
    check('sprints_status', sql`${table.status} in (${words(SPRINT_STATUSES)})`),
  ],
)

export const sprintRuns = pgTable(
  'sprint_runs',
  {
    id: id().primaryKey(),
    sprintId: id().notNull(),
    productId: id().notNull(),
    userId: id()
      .notNull()
      .references(() => users.id),
    status: text({ enum: SPRINT_RUN_STATUSES }).notNull().default('QUEUED'),
    prStrategy: text({ enum: PR_STRATEGIES }).notNull(),
    execution: text({ enum: RUN_EXECUTIONS }).notNull(),
    /** Of the whole run; null where each story has its own. */
    branch: text(),
    /** The ended run that this one goes on with. */
    previousRunId: id(),
    pauseReason: text(),
    createdAt: createdAt(),
    startedAt: instant(),
    finishedAt: instant(),
  },
  table => [
    foreignKey({
      name: 'sprint_runs_sprint',
      columns: [table.sprintId, table.productId],
      foreignColumns: [sprints.id, sprints.productId],
    }),
    unique('sprint_runs_in_product').on(table.id, table.productId),
    index('sprint_runs_of_sprint').on(table.sprintId),
    uniqueIndex('sprint_runs_one_live')
      .on(table.sprintId)
      .where(sql`status in (${words(LIVE_RUN_STATUSES)})`),
    check('sprint_runs_status', sql`${table.status} in (${words(SPRINT_RUN_STATUSES)})`),
    check('sprint_runs_pr_strategy', sql`${table.prStrategy} in (${words(PR_STRATEGIES)})`),
    check('sprint_runs_branch', sql`(${table.branch} is null) = (${table.prStrategy} = 'STORY')`),
    check('sprint_runs_batch', sql`${table.execution} <> 'BATCH' or ${table.prStrategy} = 'SPRINT'`),
    check('sprint_runs_execution', sql`${table.execution} in (${words(RUN_EXECUTIONS)})`),
  ],
)
