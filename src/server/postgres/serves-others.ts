import { runStatement } from './run-statement.ts'

/** Whether a Scrum4Me server is connected to a database. */
export async function servesOthers(databaseUrl: string): Promise<boolean> {
  const { rowCount } = await runStatement(
    databaseUrl,
    `select from pg_stat_activity where datname = current_database() and application_name = 'scrum4me'`,
  )
  return rowCount !== 0
}
