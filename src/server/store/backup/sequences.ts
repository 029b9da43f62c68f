import type { PoolClient } from 'pg'
import { quoteTable } from './list-tables.ts'

/** Where a sequence stands; a bigint, so kept as text. */
export interface SequencePosition {
  name: string
  last_value: string
  is_called: boolean
}

/** Where every sequence stands. */
export async function readSequences(client: PoolClient): Promise<SequencePosition[]> {
  const positions: SequencePosition[] = []
  for (const name of await listSequences(client)) {
    const { rows } = await client.query<SequencePosition>(
      `select $1::text as name, last_value::text, is_called from ${quoteTable(name)}`,
      [name],
    )
    positions.push(...rows)
  }
  return positions
}

/** Puts the sequences that are there where they stood. */
export async function setSequences(client: PoolClient, positions: readonly SequencePosition[]): Promise<void> {
  const there = new Set(await listSequences(client))
  for (const { name, last_value, is_called } of positions.filter(position => there.has(position.name))) {
    await client.query('select setval($1::regclass, $2, $3)', [quoteTable(name), last_value, is_called])
  }
}

async function listSequences(client: PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
      where relnamespace = 'public'::regnamespace
        and case relkind when 'S' then has_sequence_privilege(oid, 'select') end
      order by relname`,
  )
  return rows.map(row => row.name)
}
