import pg, { type PoolClient } from 'pg'
import { quoteTable, type TableShape } from './list-tables.ts'

const BYTES_PER_FETCH = 1_000_000
const MOST_ROWS_PER_FETCH = 2_000

/** Runs `work` while the database looks as at one instant, and each value has one text form whatever the settings are. */
export async function atOneInstant<T>(client: PoolClient, work: () => Promise<T>): Promise<T> {
  await client.query('begin isolation level repeatable read read only')
  try {
    await client.query(`select set_config(name, value, true) from (values ${SETTINGS}) as settings (name, value)`)
    return await work()
  } finally {
    // Nothing was written, and a connection that was lost has ended its transaction by itself.
    await client.query('rollback').catch(() => undefined)
  }
}

/** How many rows a table holds. */
export async function countRows(client: PoolClient, { name }: TableShape): Promise<number> {
  const { rows } = await client.query<{ count: number }>(`select count(*)::float8 as count from ${quoteTable(name)}`)
  return rows[0]?.count ?? 0
}

/** A table's rows, some at a time: each a JSON array of its values as texts, in which nothing is lost or rounded. */
export async function* exportRows(client: PoolClient, { name, columns }: TableShape): AsyncGenerator<string[]> {
  const texts = columns.map(column => `${pg.escapeIdentifier(column.name)}::text`).join(', ')
  const select = `select array_to_json(array[${texts}])::text as line from ${quoteTable(name)}`
  await client.query(`declare exported no scroll cursor for ${select}`)
  for (let wanted = 10; ; ) {
    const { rows } = await client.query<{ line: string }>(`fetch forward ${wanted} from exported`)
    if (rows.length === 0) break
    const lines = rows.map(row => row.line)
    yield lines
    wanted = nextFetch(lines)
  }
  await client.query('close exported')
}

/** As many rows as fit into the memory that one fetch may take, going by those of the last one. */
function nextFetch(lines: readonly string[]): number {
  const bytes = lines.reduce((sum, line) => sum + line.length, 0)
  const fitting = Math.floor((BYTES_PER_FETCH * lines.length) / bytes)
  return Math.max(1, Math.min(fitting, MOST_ROWS_PER_FETCH))
}

const SETTINGS = Object.entries({
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
})
  .map(([name, value]) => `('${name}', '${value}')`)
  .join(', ')
