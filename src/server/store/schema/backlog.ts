import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  doublePrecision,
  foreignKey,
  index,
  pgTable,
  smallint,
  text,
  unique,
} from 'drizzle-orm/pg-core'
import { PBI_STATUSES, STORY_STATUSES, TASK_STATUSES } from '../../../domain/backlog-lifecycle.ts'
import { VERIFY_REQUIREMENTS } from '../../../domain/verify-gate.ts'
import { createdAt, id, words } from './columns.ts'
import { products } from './products.ts'
import { sprints } from './sprints.ts'

export const pbis = pgTable(
  'pbis',
  {
    id: id().primaryKey(),
    productId: id()
      .notNull()
      .references(() => products.id),
    code: text().notNull(),
    title: text().notNull(),
    description: text(),
    priority: smallint().notNull(),
    status: text({ enum: PBI_STATUSES }).notNull().default('READY'),
    sortOrder: doublePrecision().notNull(),
    createdAt: createdAt(),
  },
  table => [
    unique('pbis_code').on(table.productId, table.code),
    unique('pbis_in_product').on(table.id, table.productId),
    check('pbis_status', sql`${table.status} in (${words(PBI_STATUSES)})`),
    check('pbis_priority', sql`${table.priority} between 1 and 4`),
  ],
)

export const stories = pgTable(
  'stories',
  {
    id: id().primaryKey(),
    productId: id().notNull(),
    pbiId: id().notNull(),
    sprintId: id(),
    code: text().notNull(),
    title: text().notNull(),
    description: text(),
    acceptanceCriteria: text(),
    priority: smallint().notNull(),
    status: text({ enum: STORY_STATUSES }).notNull().default('OPEN'),
    sortOrder: doublePrecision().notNull(),
    createdAt: createdAt(),
  },
  table => [
    foreignKey({
      name: 'stories_pbi',
      columns: [table.pbiId, table.productId],
      foreignColumns: [pbis.id, pbis.productId],
    }),
    foreignKey({
      name: 'stories_sprint',
      columns: [table.sprintId, table.productId],
      foreignColumns: [sprints.id, sprints.productId],
    }),
    unique('stories_code').on(table.productId, table.code),
    unique('stories_in_product').on(table.id, table.productId),
    index('stories_of_pbi').on(table.pbiId),
    index('stories_of_sprint').on(table.sprintId),
    check('stories_status', sql`${table.status} in (${words(STORY_STATUSES)})`),
    check('stories_priority', sql`${table.priority} between 1 and 4`),
  ],
)

export const tasks = pgTable(
  'tasks',
  {
    id: id().primaryKey(),
    productId: id().notNull(),
    storyId: id().notNull(),
    code: text().notNull(),
    title: text().notNull(),
    description: text(),
    implementationPlan: text(),
    priority: smallint().notNull(),
    status: text({ enum: TASK_STATUSES }).notNull().default('TO_DO'),
    sortOrder: doublePrecision().notNull(),
    /** Another repository than the product's. */
    repoUrl: text(),
    verifyRequired: text({ enum: VERIFY_REQUIREMENTS }).notNull().default('ALIGNED_OR_PARTIAL'),
    verifyOnly: boolean().notNull().default(false),
    requiresOpus: boolean().notNull().default(false),
    createdAt: createdAt(),
  },
  table => [
    foreignKey({
      name: 'tasks_story',
      columns: [table.storyId, table.productId],
      foreignColumns: [stories.id, stories.productId],
    }),
    unique('tasks_code').on(table.productId, table.code),
    unique('tasks_in_product').on(table.id, table.productId),
    index('tasks_of_story').on(table.storyId),
    check('tasks_status', sql`${table.status} in (${words(TASK_STATUSES)})`),
    check('tasks_priority', sql`${table.priority} between 1 and 4`),
    check('tasks_verify_required', sql`${table.verifyRequired} in (${words(VERIFY_REQUIREMENTS)})`),
  ],
)
