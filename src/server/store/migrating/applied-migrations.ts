import type { PoolClient } from 'pg'
import { transactionOn } from '../transaction-on.ts'
import type { KnownMigration } from './known-migrations.ts'

/** A migration that a database has gone through. */
export interface AppliedMigration {
  when: number
  /** The version of Scrum4Me that applied it; null of databases from before it was written down. */
  version: string | null
}

// drizzle-kit's own table, so that its tools can be used on the same database, with one more column.
const TABLE = 'drizzle.__drizzle_migrations'

/** What a database has gone through, oldest first; nothing if it is new. Writes nothing. */
export async function readAppliedMigrations(client: PoolClient): Promise<AppliedMigration[]> {
  const { rows: found } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [TABLE])
  if (!found[0]?.there) return []
  const { rows } = await client.query<AppliedMigration>(
    `select created_at::float8 as when, to_jsonb(m) ->> 'version' as version from ${TABLE} m order by created_at`,
  )
  return rows
}

/** Applies migrations in their order, all or none, and writes down which version did it. */
export async function applyMigrations(
  client: PoolClient,
  migrations: readonly KnownMigration[],
  version: string,
): Promise<void> {
  if (migrations.length === 0) return
  await transactionOn(client, async () => {
    await client.query(MAKE_TABLE)
    for (const { statements, hash, when } of migrations) {
      for (const statement of statements) await client.query(statement)
      await client.query(`insert into ${TABLE} (hash, created_at, version) values ($1, $2, $3)`, [hash, when, version])
    }
  })
}

const MAKE_TABLE = `
  create schema if not exists drizzle;
  create table if not exists ${TABLE} (id serial primary key, hash text not null, created_at bigint);
  alter table ${TABLE} add column if not exists version text`
