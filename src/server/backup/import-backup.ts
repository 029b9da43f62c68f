import { importRows } from '../store/backup/import-rows.ts'
import { listTables, type TableShape } from '../store/backup/list-tables.ts'
import { refillTables } from '../store/backup/refill-tables.ts'
import { setSequences } from '../store/backup/sequences.ts'
import type { PoolClient } from '../store/database.ts'
import type { TableStart } from './backup-format.ts'
import { readBackup } from './read-backup.ts'

const BYTES_PER_STATEMENT = 1_000_000
const ROWS_PER_STATEMENT = 2_000

/** Puts the rows of a backup into the tables of a database that has its schema; tables that the schema lacks are left out. */
export async function importBackup(client: PoolClient, path: string, tables: readonly TableStart[]): Promise<void> {
  const named = new Set(tables.map(({ table }) => table))
  const shapes = (await listTables(client)).filter(({ name }) => named.has(name))
  await refillTables(client, shapes, async () => {
    let batch = new Batch(client, null, [])
    for await (const part of readBackup(path)) {
      if (part.kind === 'row') await batch.add(part.line)
      else await batch.flush()
      if (part.kind === 'table') {
        const { table, columns } = part.table
        batch = new Batch(client, shapes.find(({ name }) => name === table) ?? null, columns)
      }
      if (part.kind === 'end') await setSequences(client, part.end.sequences)
    }
  })
}

/** Rows of one table on their way into it, many by one statement. */
class Batch {
  readonly #client: PoolClient
  readonly #shape: TableShape | null
  readonly #columns: readonly string[]
  #lines: string[] = []
  #bytes = 0

  constructor(client: PoolClient, shape: TableShape | null, columns: readonly string[]) {
    this.#client = client
    this.#shape = shape
    this.#columns = columns
  }

  async add(line: string): Promise<void> {
    if (!this.#shape) return
    this.#lines.push(line)
    this.#bytes += line.length
    if (this.#bytes >= BYTES_PER_STATEMENT || this.#lines.length >= ROWS_PER_STATEMENT) await this.flush()
  }

  async flush(): Promise<void> {
    if (this.#shape) await importRows(this.#client, this.#shape, this.#columns, this.#lines)
    this.#lines = []
    this.#bytes = 0
  }
}
