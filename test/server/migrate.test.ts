import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { expect, test } from 'vitest'
import { before } from '../../src/server/backup/backup-files.ts'
import { readHead } from '../../src/server/backup/read-backup.ts'
import { writeBackup } from '../../src/server/backup/write-backup.ts'
import { type MigrateOptions, migrate } from '../../src/server/store/migrate.ts'
import { type KnownMigration, readKnownMigrations } from '../../src/server/store/migrating/known-migrations.ts'
import { first } from '../support/backlog.ts'
import { createEmptyDatabase } from '../support/empty-database.ts'
import { makeFolder } from '../support/folder.ts'

const known = await readKnownMigrations()
const next: KnownMigration = {
  tag: '9000_colours',
  when: 9_000_000_000_000,
  hash: 'next',
  statements: ['create table colours (name text primary key);', `insert into colours values ('red');`],
}
const later = { ...next, tag: '9001_shades', when: 9_000_000_000_001, statements: ['create table shades ()'] }

test('the migrations are in the order in which they were written, and have one name each', () => {
  const times = known.map(({ when }) => when)
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b))
})

test('a database of a newer version is refused with that version named, and nothing is changed', async () => {
  const { pool } = await createEmptyDatabase()
  await migrate(pool, { version: '0.1.0', save: never, migrations: known })
  await migrate(pool, { version: '0.8.0', save: async () => undefined, migrations: [...known, next] })
  await migrate(pool, { version: '0.9.1', save: async () => undefined, migrations: [...known, next, later] })
  const before = await describe(pool)
  const stillUnknown = { ...next, tag: '0007_ours', when: next.when - 1 }
  await expect(migrate(pool, { version: '0.1.0', save: never, migrations: [...known, stillUnknown] })).rejects.toThrow(
    expect.objectContaining({
      code: 'VERSION_MISMATCH',
      message: 'This database was made by Scrum4Me 0.9.1; this is 0.1.0. Nothing was changed.',
      hint: expect.stringContaining('Install Scrum4Me 0.9.1 or newer'),
    }),
  )
  expect(await describe(pool)).toEqual(before)
})

test('a newer build of the same version number is told apart, too', async () => {
  const { pool } = await createEmptyDatabase()
  await migrate(pool, { version: '0.1.0', save: never, migrations: [...known, next] })
  await expect(migrate(pool, { version: '0.1.0', save: never })).rejects.toThrow(
    /made by a newer Scrum4Me; this is 0\.1\.0/,
  )
})

test('servers that start on an old database together migrate it once, and save it once, before', async () => {
  const { pool } = await createEmptyDatabase()
  const folder = await makeFolder()
  await migrate(pool, { version: '0.1.0', save: never, migrations: known })
  await useIt(pool)
  const wish = { version: '0.2.0', save: saveTo(folder), migrations: [...known, next, later] }
  await Promise.all([1, 2, 3, 4].map(() => migrate(pool, wish)))
  expect((await pool.query('select name from colours')).rows).toEqual([{ name: 'red' }])
  const saved = await readdir(folder)
  expect(saved).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d-]+Z-before-9000_colours\.s4m\.gz$/)])
  const { migrations, made_by } = await readHead(join(folder, first(saved)))
  expect({ made_by, versions: [...new Set(migrations.map(({ version }) => version))] }).toEqual({
    made_by: '0.2.0',
    versions: ['0.1.0'],
  })
})

test('where a database cannot be saved it is not changed, and the error says what to do', async () => {
  const { pool } = await createEmptyDatabase()
  await migrate(pool, { version: '0.1.0', save: never, migrations: known })
  await useIt(pool)
  const before = await describe(pool)
  const blocked = join(await makeFolder(), 'a-file')
  await writeFile(blocked, '')
  await expect(
    migrate(pool, { version: '0.2.0', save: saveTo(blocked), migrations: [...known, next] }),
  ).rejects.toThrow(
    expect.objectContaining({
      code: 'SERVER_UNAVAILABLE',
      message: expect.stringContaining(blocked),
      hint: expect.stringMatching(/^Make room in .*SCRUM4ME_DATA_DIR/),
    }),
  )
  expect(await describe(pool)).toEqual(before)
})

test('a migration that fails leaves those before it undone, and the lock free', async () => {
  const { pool } = await createEmptyDatabase()
  await migrate(pool, { version: '0.1.0', save: never, migrations: known })
  const before = await describe(pool)
  const broken = { ...later, statements: ['create table shades ()', 'select 1/0'] }
  const wish = { version: '0.2.0', save: async () => undefined, migrations: [...known, next, broken] }
  await expect(migrate(pool, wish)).rejects.toThrow(/division by zero/)
  expect(await describe(pool)).toEqual(before)
  await migrate(pool, { ...wish, migrations: [...known, next, later] })
})

/** A database that was in use before. */
async function useIt(pool: pg.Pool): Promise<void> {
  await pool.query(`insert into users (id, name) values ('user_1', 'Ada')`)
}

function saveTo(folder: string): MigrateOptions['save'] {
  return async (client, { tag }) => void (await writeBackup(client, { folder, reason: before(tag), version: '0.2.0' }))
}

async function never(): Promise<void> {
  throw new Error('there was nothing to save')
}

/** Every table, and what the database has gone through. */
async function describe(pool: pg.Pool): Promise<unknown[]> {
  const tables = `select relname::text from pg_class where relnamespace = 'public'::regnamespace order by 1`
  const gone = 'select * from drizzle.__drizzle_migrations order by id'
  return [(await pool.query(tables)).rows, (await pool.query(gone)).rows]
}
