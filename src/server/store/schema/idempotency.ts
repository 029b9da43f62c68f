import { index, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { users } from './accounts.ts'
import { createdAt, id } from './columns.ts'

/** Calls that a key was given for, so that a repeated one changes nothing more. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    userId: id()
      .notNull()
      .references(() => users.id),
    key: text().notNull(),
    procedure: text().notNull(),
    inputHash: text().notNull(),
    /** Null from the commit of the change until its answer is known. */
    answer: jsonb(),
    createdAt: createdAt(),
  },
  table => [
    primaryKey({ name: 'idempotency_keys_pkey', columns: [table.userId, table.key] }),
    index('idempotency_keys_created_at').on(table.createdAt),
  ],
)
