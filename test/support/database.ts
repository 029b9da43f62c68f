import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, afterEach, inject } from 'vitest'

export interface TestDatabase {
  url: string
  pool: pg.Pool
  /** Moves the clock of every session of this database, at once. */
  moveClock(interval: string): Promise<void>
}

export interface DatabaseWish {
  /** How it sorts; byte by byte unless this says otherwise. */
  icuLocale?: string
}

/**
 * A database of the test file's own, cloned from the migrated template; kept, and named, when a test fails. One of
 * another locale is empty.
 */
export async function createTestDatabase({ icuLocale }: DatabaseWish = {}): Promise<TestDatabase> {
  const adminUrl = inject('adminUrl')
  const name = `s4m_test_${randomBytes(6).toString('hex')}`
  const source = icuLocale
    ? `template0 encoding 'UTF8' locale 'C' locale_provider icu icu_locale '${icuLocale}'`
    : inject('templateName')
  await asAdmin(adminUrl, `create database ${name} template ${source}`)
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  const pool = new pg.Pool({ connectionString: url.toString(), max: 20 })
  // Dropping the database by force may meet a connection that is just saying goodbye.
  pool.on('error', () => undefined)
  let offset = "interval '0'"

  let failed = false

  afterEach(({ task }) => {
    failed ||= task.result?.state === 'fail'
  })
  afterAll(async () => {
    await pool.end()
    if (failed) process.stderr.write(`The database ${name} of the failed test is kept.\n`)
    else await asAdmin(adminUrl, `drop database if exists ${name} with (force)`)
  })
  return {
    url: url.toString(),
    pool,
    async moveClock(interval) {
      offset = `${offset} + interval '${interval}'`
      await pool.query(
        `create or replace function scrum4me_now() returns timestamptz language sql stable parallel safe
           as $$ select statement_timestamp() + (${offset}) $$`,
      )
    },
  }
}

async function asAdmin(adminUrl: string, statement: string): Promise<void> {
  const admin = new pg.Client(adminUrl)
  await admin.connect()
  try {
    await admin.query(statement)
  } finally {
    await admin.end()
  }
}
