import { DATABASE_NAME, onDatabase } from './database-url.ts'
import { hasCode } from './error-code.ts'
import { runStatement } from './run-statement.ts'

const NO_SUCH_DATABASE = '3D000'
const DUPLICATE_DATABASE = '42P04'
const UNIQUE_VIOLATION = '23505'

/** Makes our database unless the server has it. */
export async function ensureDatabase(databaseUrl: string): Promise<void> {
  try {
    await runStatement(databaseUrl, 'select 1')
  } catch (cause) {
    if (!hasCode(cause, NO_SUCH_DATABASE)) throw cause
    await createDatabase(databaseUrl)
  }
}

async function createDatabase(databaseUrl: string): Promise<void> {
  try {
    await runStatement(onDatabase(databaseUrl, 'postgres'), `create database ${DATABASE_NAME}`)
  } catch (cause) {
    if (!hasCode(cause, DUPLICATE_DATABASE, UNIQUE_VIOLATION)) throw cause
  }
}
