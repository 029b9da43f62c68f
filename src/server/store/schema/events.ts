import { bigserial, index, pgTable, text } from 'drizzle-orm/pg-core'
import { createdAt, id } from './columns.ts'

/** The append-only outbox: what happened, written in the transaction that made it happen; ids only. */
export const events = pgTable(
  'events',
  {
    id: bigserial({ mode: 'bigint' }).primaryKey(),
    type: text().notNull(),
    userId: id().notNull(),
    productId: id().notNull(),
    jobId: id(),
    taskId: id(),
    sprintRunId: id(),
    status: text(),
    createdAt: createdAt(),
  },
  table => [index('events_of_product').on(table.productId, table.id)],
)
