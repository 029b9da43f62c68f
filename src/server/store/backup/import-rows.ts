import pg, { type PoolClient } from 'pg'
import { quoteTable, type TableShape } from './list-tables.ts'

/** Puts rows, each a JSON array of texts, into a table; `names` says which column each value belongs to. */
export async function importRows(
  client: PoolClient,
  { name, columns }: TableShape,
  names: readonly string[],
  lines: readonly string[],
): Promise<void> {
  if (lines.length === 0) return
  const types = new Map(columns.map(column => [column.name, column.type]))
  const values = names.map((column, at) => `(line ->> ${at})::${typeOf(types, name, column)}`)
  const targets = names.map(column => pg.escapeIdentifier(column))
  await client.query(
    `insert into ${quoteTable(name)} (${targets.join(', ')}) overriding system value
     select ${values.join(', ')} from json_array_elements($1::json) as line`,
    [`[${lines.join(',')}]`],
  )
}

function typeOf(types: ReadonlyMap<string, string>, table: string, column: string): string {
  const type = types.get(column)
  if (type === undefined) throw new Error(`The table ${table} has no column ${column}.`)
  return type
}
