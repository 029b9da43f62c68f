import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type pg from 'pg'
import { expect, test } from 'vitest'
import { before } from '../../src/server/backup/backup-files.ts'
import { listBackups } from '../../src/server/backup/list-backups.ts'
import { restoreBackup } from '../../src/server/backup/restore-backup.ts'
import { writeBackup } from '../../src/server/backup/write-backup.ts'
import { atOneInstant, countRows } from '../../src/server/store/backup/export-rows.ts'
import { migrate } from '../../src/server/store/migrate.ts'
import { readKnownMigrations } from '../../src/server/store/migrating/known-migrations.ts'
import { finishJobDone, first } from '../support/backlog.ts'
import { createEmptyDatabase, withClient } from '../support/empty-database.ts'
import { makeFolder } from '../support/folder.ts'
import { holdJob, holdOffer, holdSprint, startRun } from '../support/held-jobs.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()
const known = await readKnownMigrations()
const VERSION = '0.1.0-test'

// What text formats stumble over: separators of other programs, escapes, JSON's own null, more digits than a double has.
const ODD = `a\tb\nc\r\n"d" 'e' \\n \\\\ {f,g} [h] \u2028\u2029\u0001\u007f 😀 é ${'x'.repeat(9_000)}`

test('a backup that is restored is the same database, row by row, also where texts and numbers are odd', async () => {
  await fill()
  const { pool } = await createEmptyDatabase()
  const path = await saveTo(await makeFolder())
  const head = await restoreBackup(pool, { path, version: VERSION })
  expect(head).toMatchObject({ made_by: VERSION, reason: 'by-hand' })
  const rows = await dump(db.pool)
  expect(Object.keys(rows).length).toBeGreaterThan(12)
  for (const table of Object.keys(rows).filter(name => name !== 'job_bars')) expect(rows[table], table).not.toEqual([])
  expect(await dump(pool)).toEqual(rows)
  expect(await describe(pool)).toEqual(await describe(db.pool))
})

test('a restored database goes on where it was: its sequences give out what comes next, its checks hold', async () => {
  await fill()
  const { pool } = await createEmptyDatabase()
  await restoreBackup(pool, { path: await saveTo(await makeFolder()), version: VERSION })
  const event = `insert into events (type, user_id, product_id) values ('t', 'u', 'p') returning id`
  expect((await pool.query(event)).rows).toEqual((await db.pool.query(event)).rows)
  await expect(pool.query(`insert into products (id, user_id, name) values ('p', 'nobody', 'x')`)).rejects.toThrow(
    /products_user_id_users_id_fk/,
  )
})

test('a backup of an older schema is restored and then migrated', async () => {
  const old = await createEmptyDatabase()
  await migrate(old.pool, { version: '0.0.1', save: async () => undefined, migrations: known.slice(0, 3) })
  await old.pool.query(`insert into users (id, name) values ('user_1', $1)`, [ODD])
  await old.pool.query(
    `insert into events (type, user_id, product_id) values ('t', 'user_1', 'p'), ('t', 'user_1', 'p')`,
  )
  const path = await saveTo(await makeFolder(), { from: old.pool })
  const { pool } = await createEmptyDatabase()
  await restoreBackup(pool, { path, version: VERSION })
  await migrate(old.pool, { version: VERSION, save: async () => undefined })
  expect(await describe(pool)).toEqual(await describe(old.pool))
  expect((await pool.query('select id, name from users')).rows).toEqual([{ id: 'user_1', name: ODD }])
  expect((await pool.query('select count(*)::int as n from events')).rows).toEqual([{ n: 2 }])
})

test('a backup goes into an empty database only; after one that went wrong the database can be used', async () => {
  await fill()
  const path = await saveTo(await makeFolder())
  const { pool } = await createEmptyDatabase()
  await restoreBackup(pool, { path, version: VERSION })
  const rows = await dump(pool)
  await expect(restoreBackup(pool, { path, version: VERSION })).rejects.toMatchObject({
    code: 'CONFLICT',
    hint: expect.stringContaining('DATABASE_URL'),
  })
  expect(await dump(pool)).toEqual(rows)

  const other = await createEmptyDatabase()
  const broken = await rewrite(path, text => text.replace('"user_0', '"nobody_0'))
  await expect(restoreBackup(other.pool, { path: broken, version: VERSION })).rejects.toThrow(/foreign key/)
  await restoreBackup(other.pool, { path, version: VERSION })
  expect(await dump(other.pool)).toEqual(rows)
})

test('what is damaged, cut off, something else or of a newer version is refused before anything is touched', async () => {
  await fill()
  const path = await saveTo(await makeFolder())
  const cut = await rewrite(path, text => text)
  await truncate(cut, (await stat(cut)).size - 20)
  const endless = await rewrite(path, text => text.replace(/\{"end".*\n$/, ''))
  const short = await rewrite(path, text =>
    text.replace(/"rows":(\d+)/, (_, rows: string) => `"rows":${Number(rows) + 1}`),
  )
  const longer = await rewrite(path, text => `${text}["more"]\n`)
  const other = await rewrite(path, () => '{"a":1}\n')
  const plain = join(await makeFolder(), 'plain')
  await writeFile(plain, 'hello')
  const { pool } = await createEmptyDatabase()
  for (const file of [cut, endless, short, longer, other, plain, '/nowhere/at/all'])
    await expect(restoreBackup(pool, { path: file, version: VERSION }), file).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      message: expect.stringContaining(file),
    })
  const newer = await rewrite(path, text =>
    text.replace('"migrations":[', '"migrations":[{"when":9,"version":"9.0.0"},').replace(VERSION, '9.0.0'),
  )
  await expect(restoreBackup(pool, { path: newer, version: VERSION })).rejects.toMatchObject({
    code: 'VERSION_MISMATCH',
    message: expect.stringMatching(/^This backup was made by Scrum4Me 9\.0\.0/),
  })
  expect(await describe(pool)).toEqual([])
})

test('only its owner can read a backup; the last five automatic ones are kept, and all that were asked for', async () => {
  const folder = join(await makeFolder(), 'data', 'backups')
  const reasons = ['by-hand', ...[1, 2, 3, 4, 5, 6, 7].map(at => before(`000${at}_change`))]
  for (const reason of reasons) await saveTo(folder, { reason })
  const found = await listBackups(folder)
  expect(found.map(({ head }) => head?.reason)).toEqual([
    ...['before-0007_change', 'before-0006_change', 'before-0005_change', 'before-0004_change', 'before-0003_change'],
    'by-hand',
  ])
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  expect((await stat(first(found).path)).mode & 0o777).toBe(0o600)
  expect((await readdir(folder)).filter(name => name.includes('partial'))).toEqual([])
})

test('a backup shows one instant: what is written meanwhile is not in it', async () => {
  await withClient(db.pool, client =>
    atOneInstant(client, async () => {
      const users = { name: 'users', columns: [] }
      const count = await countRows(client, users)
      await person()
      expect(await countRows(client, users)).toBe(count)
    }),
  )
})

/** Something in every table, and values that are easily spoilt. */
async function fill(): Promise<void> {
  const { api, userId, token } = await person()
  await holdSprint(api)
  await finishJobDone(api, (await holdJob(api)).hold)
  await holdOffer(api)
  await startRun(api)
  const { rows } = await db.pool.query<{ id: string }>(
    `insert into products (id, user_id, name, definition_of_done) values ($1, $2, $3, '') returning id`,
    [`product_${token}`, userId, ODD],
  )
  await db.pool.query('insert into product_members (product_id, user_id) values ($1, $2)', [first(rows).id, userId])
  await db.pool.query(
    `insert into idempotency_keys (user_id, key, procedure, input_hash, answer)
     values ($1, 'null', 'p', 'h', 'null'), ($1, 'none', 'p', 'h', null),
            ($1, 'number', 'p', 'h', '{"n": 12345678901234567890.000000001, "a": [null, "\\u2028"]}')`,
    [userId],
  )
}

async function saveTo(
  folder: string,
  { from = db.pool, reason = 'by-hand' }: { from?: pg.Pool; reason?: string } = {},
) {
  return withClient(from, client => writeBackup(client, { folder, reason, version: VERSION }))
}

/** A copy of a backup with another text in it. */
async function rewrite(path: string, change: (text: string) => string): Promise<string> {
  const copy = join(await makeFolder(), 'copy.s4m.gz')
  await writeFile(copy, gzipSync(change(gunzipSync(await readFile(path)).toString())))
  return copy
}

/** The rows of every table, as texts. */
async function dump(pool: pg.Pool): Promise<Record<string, string[]>> {
  const dumped: Record<string, string[]> = {}
  for (const name of await tablesOf(pool)) {
    const { rows } = await pool.query<{ line: string }>(`select t::text as line from "${name}" t order by 1`)
    dumped[name] = rows.map(({ line }) => line)
  }
  return dumped
}

async function tablesOf(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
  )
  return rows.map(({ name }) => name)
}

/** Tables, columns, indexes, and constraints that are checked. */
async function describe(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ line: string }>(
    `select concat_ws(' ', relname, conname, convalidated, pg_get_constraintdef(pg_constraint.oid)) as line
       from pg_class left join pg_constraint on conrelid = pg_class.oid
      where relnamespace = 'public'::regnamespace order by 1`,
  )
  return rows.map(({ line }) => line)
}
