import { sql } from 'drizzle-orm'
import { boolean, check, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { createdAt, id, instant } from './columns.ts'

export const users = pgTable('users', {
  id: id().primaryKey(),
  name: text().notNull(),
  isDemo: boolean().notNull().default(false),
  createdAt: createdAt(),
})

export const apiTokens = pgTable(
  'api_tokens',
  {
    id: id().primaryKey(),
    userId: id()
      .notNull()
      .references(() => users.id),
    name: text().notNull(),
    /** SHA-256 of the secret, which itself is shown once and kept nowhere. */
    secretHash: text().notNull(),
    scopes: text().array().notNull(),
    /** The products that the token is good for; null means all of its user's. */
    productIds: text().array(),
    /** Made for a team's shared machines: it claims the jobs of every member of its products. */
    isWorker: boolean().notNull().default(false),
    createdAt: createdAt(),
    expiresAt: instant(),
    revokedAt: instant(),
  },
  table => [
    uniqueIndex('api_tokens_secret_hash').on(table.secretHash),
    index('api_tokens_user').on(table.userId),
    check('api_tokens_worker', sql`not ${table.isWorker} or ${table.productIds} is not null`),
    check('api_tokens_scopes', sql`${table.scopes} <@ array['read', 'work', 'author', 'person']`),
  ],
)
