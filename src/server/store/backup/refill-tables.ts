import type { PoolClient } from 'pg'
import { transactionOn } from '../transaction-on.ts'
import { quoteTable, type TableShape } from './list-tables.ts'

interface ForeignKey {
  table: string
  name: string
  definition: string
}

/**
 * Empties tables and lets `fill` fill them, in any order and all or nothing: triggers rest, and foreign keys are checked
 * at the end. They are dropped and made again, because only a superuser may switch them off.
 */
export async function refillTables(
  client: PoolClient,
  shapes: readonly TableShape[],
  fill: () => Promise<void>,
): Promise<void> {
  const tables = shapes.map(({ name }) => quoteTable(name))
  await transactionOn(client, async () => {
    const { rows: keys } = await client.query<ForeignKey>(FOREIGN_KEYS, [tables])
    for (const table of tables) await client.query(`alter table ${table} disable trigger user`)
    for (const { table, name } of keys) await client.query(`alter table ${table} drop constraint ${name}`)
    await client.query(`truncate ${tables.join(', ')}`)
    await fill()
    for (const { table, name, definition } of keys)
      await client.query(`alter table ${table} add constraint ${name} ${definition}`)
    for (const table of tables) await client.query(`alter table ${table} enable trigger user`)
    await client.query(`analyze ${tables.join(', ')}`)
  })
}

const FOREIGN_KEYS = `
  select conrelid::regclass::text as table, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
    from pg_constraint
   where contype = 'f' and conparentid = 0 and conrelid = any($1::text[]::regclass[])
   order by conrelid::regclass::text, conname`
