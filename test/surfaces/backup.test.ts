import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { makeBacklog } from '../support/backlog.ts'
import { postgresOf, startUpHere, stopUp } from '../support/embedded.ts'
import { createEmptyDatabase } from '../support/empty-database.ts'
import { makeInstallation } from '../support/installation.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()
const Saved = z.object({ path: z.string() })

test('a backup of the embedded database is made beside the running server, and restored, and no other file, when it is stopped', async () => {
  const installation = await makeInstallation(null)
  const { run, machine, configFile } = installation
  const up = await startUpHere(installation)
  await run('product', 'create', 'Shop')
  const { stdout } = await run('backup', 'create', '--json')
  const { path } = Saved.parse(JSON.parse(stdout))
  await run('product', 'create', 'Too late')
  expect(await run('backup', 'restore', path)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^CONFLICT: Scrum4Me is running on this database\. Nothing was changed\.\nStop it/),
  })
  await stopUp(up)

  expect(await run('backup', 'restore', configFile)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^VALIDATION_ERROR: .*config\.json cannot be read as a backup: .*\n.*backup list/),
  })
  const restored = await run('backup', 'restore', basename(path))
  expect(restored).toMatchObject({ exitCode: 0, stderr: '' })
  expect(restored.stdout).toMatch(/^saved before +\S+-before-restore\.s4m\.gz$/m)
  const again = await startUpHere(installation)
  const { stdout: products } = await run('product', 'list')
  expect(products).toContain('Shop')
  expect(products).not.toContain('Too late')
  expect((await run('backup', 'list')).stdout.split('\n')).toEqual([
    expect.stringMatching(/^MADE +BY +REASON +SIZE +PATH$/),
    expect.stringContaining('before-restore'),
    expect.stringMatching(new RegExp(`by-hand .*${path}$`)),
  ])
  expect(await readdir(join(machine.dataDir, 'backups'))).toHaveLength(2)
  await stopUp(again)
})

test('a backup is also made while nothing runs, and nothing is left running; on a new machine it is restored', async () => {
  const installation = await makeInstallation(null)
  const { run } = installation
  expect(await run('backup', 'create')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(
      /^SERVER_UNAVAILABLE: There is no database in .*\n.*SCRUM4ME_DATA_DIR or DATABASE_URL/,
    ),
  })
  expect((await run('backup', 'list')).stdout).toBe('There is no backup yet. Make one: scrum4me backup create')
  const up = await startUpHere(installation)
  await run('product', 'create', 'Shop')
  await stopUp(up)
  const { path } = Saved.parse(JSON.parse((await run('backup', 'create', '--json')).stdout))
  await expect(postgresOf(installation)).rejects.toThrow('ENOENT')

  const other = await makeInstallation(null)
  expect(await other.run('backup', 'restore', path)).toMatchObject({ exitCode: 0, stderr: '' })
  await expect(postgresOf(other)).rejects.toThrow('ENOENT')
  await startUpHere(other)
  expect((await other.run('product', 'list')).stdout).toContain('Shop')
})

test('a database of one’s own is saved, and restored into an empty one only', async () => {
  await makeBacklog((await person()).api)
  const { run, env } = await makeInstallation(null, { DATABASE_URL: db.url })
  const { path } = Saved.parse(JSON.parse((await run('backup', 'create', '--json')).stdout))
  expect(await run('backup', 'restore', path)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^CONFLICT: .*empty database.*Nothing was changed\.\n.*DATABASE_URL/),
  })
  const { url, pool } = await createEmptyDatabase()
  env.DATABASE_URL = url
  expect(await run('backup', 'restore', path)).toMatchObject({ exitCode: 0, stderr: '' })
  expect((await pool.query('select code, title from tasks')).rows).toEqual(
    (await db.pool.query('select code, title from tasks')).rows,
  )
})
