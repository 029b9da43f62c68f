import { index, pgTable, text } from 'drizzle-orm/pg-core'
import { users } from './accounts.ts'
import { createdAt, id, instant } from './columns.ts'

/** A data folder on a machine: the id is the folder's own, so that a restart is the same host. */
export const hosts = pgTable('hosts', {
  id: id().primaryKey(),
  userId: id()
    .notNull()
    .references(() => users.id),
  name: text().notNull(),
  version: text().notNull(),
  createdAt: createdAt(),
  lastSeenAt: instant().notNull(),
})

/** One agent process on a host. */
export const workers = pgTable(
  'workers',
  {
    id: id().primaryKey(),
    userId: id()
      .notNull()
      .references(() => users.id),
    hostId: id()
      .notNull()
      .references(() => hosts.id),
    tokenId: id().notNull(),
    name: text().notNull(),
    createdAt: createdAt(),
    lastSeenAt: instant().notNull(),
  },
  table => [index('workers_of_host').on(table.hostId)],
)
