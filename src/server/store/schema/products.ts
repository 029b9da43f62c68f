import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { PERMISSION_MODES } from '../../../domain/agent-settings.ts'
import type { Kit } from '../../../domain/kit.ts'
import { users } from './accounts.ts'
import { createdAt, id, instant, words } from './columns.ts'

export const products = pgTable(
  'products',
  {
    id: id().primaryKey(),
    userId: id()
      .notNull()
      .references(() => users.id),
    name: text().notNull(),
    repoUrl: text(),
    definitionOfDone: text(),
    preferredModel: text(),
    thinkingBudgetDefault: integer(),
    preferredPermissionMode: text({ enum: PERMISSION_MODES }),
    kit: jsonb().$type<Kit>().notNull().default({}),
    /** Whoever may read the repository then reads what agents left uncommitted, so that a person decides it. */
    pushRescues: boolean().notNull().default(false),
    /** The last number given out in codes such as PBI-3, ST-014 and T-27; a number is never given twice. */
    lastPbiNo: integer().notNull().default(0),
    lastStoryNo: integer().notNull().default(0),
    lastTaskNo: integer().notNull().default(0),
    createdAt: createdAt(),
    archivedAt: instant(),
  },
  table => [
    check('products_budget', sql`${table.thinkingBudgetDefault} >= 0`),
    check('products_mode', sql`${table.preferredPermissionMode} in (${words(PERMISSION_MODES)})`),
    check('products_kit', sql`jsonb_typeof(${table.kit}) = 'object'`),
  ],
)

export const productMembers = pgTable(
  'product_members',
  {
    productId: id()
      .notNull()
      .references(() => products.id),
    userId: id()
      .notNull()
      .references(() => users.id),
    createdAt: createdAt(),
  },
  table => [
    primaryKey({ columns: [table.productId, table.userId] }),
    index('product_members_user').on(table.userId, table.productId),
  ],
)
