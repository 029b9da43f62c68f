import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeDataFolder, makeUsedDataFolder, query, readPid, start } from './data-folder.ts'

test('a new cluster answers queries, in UTF-8 and with our own database and role', async () => {
  const postgres = await start(await makeDataFolder())
  expect(postgres.adopted).toBe(false)
  const [database, role, encoding, listen] = await query(
    postgres,
    `select current_database(), current_user, current_setting('server_encoding'), current_setting('listen_addresses')`,
  )
  expect({ database, role, encoding, listen }).toEqual({
    database: 'scrum4me',
    role: 'scrum4me',
    encoding: 'UTF8',
    listen: '',
  })
})

test('a start after a stop finds the data again, under the same address', async () => {
  const dataDir = await makeDataFolder()
  const first = await start(dataDir)
  await query(first, 'create table kept as select 42 as answer')
  await first.stop()
  await expect(query(first, 'select 1')).rejects.toThrow()
  const second = await start(dataDir)
  expect(second.adopted).toBe(false)
  expect(second.databaseUrl).toBe(first.databaseUrl)
  expect(await query(second, 'select answer from kept')).toEqual([42])
})

test('a second start adopts the running server, whose process the stop of either ends', async () => {
  const dataDir = await makeUsedDataFolder()
  const first = await start(dataDir)
  const pid = await readPid(dataDir)
  const second = await start(dataDir)
  expect(second).toMatchObject({ adopted: true, databaseUrl: first.databaseUrl })
  expect(await readPid(dataDir)).toBe(pid)
  await second.stop()
  await expect(query(first, 'select 1')).rejects.toThrow()
  await first.stop()
})

test('of six concurrent starters one starts the server and the others adopt it', async () => {
  const dataDir = await makeDataFolder()
  const all = await Promise.all(Array.from({ length: 6 }, () => start(dataDir)))
  expect(all.filter(postgres => !postgres.adopted)).toHaveLength(1)
  expect(new Set(all.map(postgres => postgres.databaseUrl)).size).toBe(1)
  for (const postgres of all) expect(await query(postgres, 'select 1')).toEqual([1])
})

test('a wrong password is refused, and only the cluster account can read the right one', async () => {
  const dataDir = await makeUsedDataFolder()
  const postgres = await start(dataDir)
  const wrong = { ...postgres, databaseUrl: postgres.databaseUrl.replace(/:[^:@]+@/, ':guess@') }
  await expect(query(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' })
  const passwordFile = join(dataDir, 'postgres', 'password')
  expect((await stat(passwordFile)).mode & 0o777).toBe(0o600)
  expect(postgres.databaseUrl).toContain(await readFile(passwordFile, 'utf8'))
  expect((await stat(join(dataDir, 'postgres', 'data'))).mode & 0o777).toBe(0o700)
})

test.each([
  ['far down', join(...Array.from({ length: 12 }, (_, depth) => `a-rather-long-folder-name-${depth}`))],
  ['with an odd name', 'a b, ü%2F\'"$x'],
])('data folder %s works, with a socket elsewhere where its own path would not do', async (_, below) => {
  const dataDir = await makeDataFolder(below)
  const first = await start(dataDir)
  expect(await query(first, 'select 1')).toEqual([1])
  expect(await start(dataDir)).toMatchObject({ adopted: true, databaseUrl: first.databaseUrl })
})
