import pg from 'pg'
import { DATABASE_NAME } from './database-url.ts'
import { hasCode } from './error-code.ts'

const NO_SUCH_DATABASE = '3D000'
const DUPLICATE_DATABASE = '42P04'
const UNIQUE_VIOLATION = '23505'

/** Makes our database unless the server has it. */
export async function ensureDatabase(databaseUrl: string): Promise<void> {
  try {
    await query(databaseUrl, 'select 1')
  } catch (cause) {
    if (!hasCode(cause, NO_SUCH_DATABASE)) throw cause
    await createDatabase(databaseUrl)
  }
}

async function createDatabase(databaseUrl: string): Promise<void> {
  const maintenance = new URL(databaseUrl)
  maintenance.pathname = '/postgres'
  try {
    await query(maintenance.href, `create database ${DATABASE_NAME}`)
  } catch (cause) {
    if (!hasCode(cause, DUPLICATE_DATABASE, UNIQUE_VIOLATION)) throw cause
  }
}

async function query(connectionString: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 })
  // Without a listener a connection that breaks would end the process; the query below rejects in any case.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query(text)
  } finally {
    await client.end()
  }
}
