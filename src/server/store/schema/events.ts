import { sql } from 'drizzle-orm'
import { bigserial, index, pgTable, text } from 'drizzle-orm/pg-core'
import { createdAt, id, transactionId } from './columns.ts'

/** The append-only outbox: what happened, written in the transaction that made it happen; ids only. */
export const events = pgTable(
  'events',
  {
    id: bigserial({ mode: 'bigint' }).primaryKey(),
    /** What wrote it: readers go by this first, because ids are given out before their transactions commit. */
    xactId: transactionId().notNull().default(sql`pg_current_xact_id()`),
    type: text().notNull(),
    userId: id().notNull(),
    productId: id().notNull(),
    jobId: id(),
    taskId: id(),
    sprintRunId: id(),
    status: text(),
    createdAt: createdAt(),
  },
  table => [
    index('events_order').on(table.xactId, table.id),
    index('events_created_at').using('brin', table.createdAt),
  ],
)
