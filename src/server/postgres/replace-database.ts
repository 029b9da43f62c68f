import { AppError } from '../../errors.ts'
import { DATABASE_NAME, onDatabase } from './database-url.ts'
import { hasCode } from './error-code.ts'
import { runStatement } from './run-statement.ts'

const NEW = `${DATABASE_NAME}_new`
const OLD = `${DATABASE_NAME}_old`
const IN_USE = '55006'

/**
 * Lets `fill` fill a new database on the embedded server, which then takes the place of ours at once. The present one
 * is as it was until that moment, and is dropped after it.
 */
export async function replaceDatabase<T>(databaseUrl: string, fill: (newUrl: string) => Promise<T>): Promise<T> {
  const run = (text: string) => runStatement(onDatabase(databaseUrl, 'postgres'), text)
  await run(`drop database if exists ${NEW} with (force)`)
  await run(`create database ${NEW}`)
  const filled = await fillAndSwap(databaseUrl, run, fill).catch(async (error: unknown) => {
    await run(`drop database if exists ${NEW} with (force)`)
    throw hasCode(error, IN_USE) ? inUse(error) : error
  })
  await run(`drop database ${OLD}`)
  return filled
}

async function fillAndSwap<T>(
  databaseUrl: string,
  run: (text: string) => Promise<unknown>,
  fill: (newUrl: string) => Promise<T>,
): Promise<T> {
  const filled = await fill(onDatabase(databaseUrl, NEW))
  await run(`drop database if exists ${OLD}`)
  await run(`begin;
    alter database ${DATABASE_NAME} rename to ${OLD};
    alter database ${NEW} rename to ${DATABASE_NAME};
    commit`)
  return filled
}

function inUse(cause: unknown): AppError {
  return new AppError('CONFLICT', 'Somebody has begun to use the database. Nothing was changed.', {
    hint: 'Stop Scrum4Me, then try again.',
    cause,
  })
}
