import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, lstat, mkdir, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { identifyProcess } from '../../src/process-identity.ts'
import { makeDataFolder, makeUsedDataFolder, pidFile, query, readPid, start } from '../server/postgres/data-folder.ts'

test('after kill -9 of the server the next start recovers what was committed', async () => {
  const dataDir = await makeUsedDataFolder()
  const killed = await start(dataDir)
  await query(killed, 'update kept set answer = 43')
  process.kill(await readPid(dataDir), 'SIGKILL')
  const next = await start(dataDir)
  expect(next.adopted).toBe(false)
  expect(await query(next, 'select answer from kept')).toEqual([43])
})

test('a start waits for the connections that outlive a killed server', async () => {
  const dataDir = await makeUsedDataFolder()
  const killed = await start(dataDir)
  const busy = new pg.Client({ connectionString: killed.databaseUrl })
  busy.on('error', () => undefined)
  await busy.connect()
  // Busy enough to notice the postmaster's end only after a while.
  const work = busy.query('select count(*) from generate_series(1, 8000000)').catch(() => undefined)
  await sleep(50)
  process.kill(await readPid(dataDir), 'SIGKILL')
  expect(await query(await start(dataDir), 'select 1')).toEqual([1])
  await work
  await busy.end().catch(() => undefined)
})

test('a start during a stop waits for its end and then starts anew', async () => {
  const dataDir = await makeUsedDataFolder()
  const first = await start(dataDir)
  const stopping = first.stop()
  const next = await start(dataDir)
  await stopping
  expect(await query(next, 'select 1')).toEqual([1])
})

test('a postmaster.pid that names a living process of another program is no obstacle', async () => {
  const dataDir = await makeUsedDataFolder()
  const stranger = spawn('sleep', ['60'])
  onTestFinished(() => void stranger.kill())
  await once(stranger, 'spawn')
  await writeFile(pidFile(dataDir), staleFile(stranger.pid ?? 0))
  expect(await query(await start(dataDir), 'select 1')).toEqual([1])
  expect(stranger.exitCode).toBe(null)
})

test('a postmaster.pid that names the PostgreSQL of another data folder is no obstacle', async () => {
  const [dataDir, neighbour] = [await makeUsedDataFolder(), await makeUsedDataFolder()]
  const other = await start(neighbour)
  await writeFile(pidFile(dataDir), staleFile(await readPid(neighbour)))
  const second = await start(dataDir)
  expect(second.adopted).toBe(false)
  expect(await query(second, 'select 1')).toEqual([1])
  expect(await query(other, 'select 1')).toEqual([1])
})

test('an empty postmaster.pid, the remnant of a power cut, is no obstacle', async () => {
  const dataDir = await makeUsedDataFolder()
  await writeFile(pidFile(dataDir), '')
  expect(await query(await start(dataDir), 'select 1')).toEqual([1])
})

test('a half-made cluster is set aside and made anew', async () => {
  const dataDir = await makeDataFolder()
  await mkdir(join(dataDir, 'postgres', 'data'), { recursive: true })
  await writeFile(join(dataDir, 'postgres', 'data', 'PG_VERSION'), '18\n')
  expect(await query(await start(dataDir), 'select 1')).toEqual([1])
  expect((await readdir(dataDir)).filter(name => name.startsWith('postgres.unusable-'))).toHaveLength(1)
})

test('what an initdb that was killed left behind is removed once it is old', async () => {
  const dataDir = await makeDataFolder()
  await chmod(dataDir, 0o711) // PostgreSQL's account can pass, so the cluster is made here
  const [old, fresh] = [join(dataDir, 'postgres.partial-00000000000a'), join(dataDir, 'postgres.partial-00000000000b')]
  await mkdir(join(old, 'data'), { recursive: true })
  await mkdir(fresh)
  const longAgo = new Date(Date.now() - 3_600_000)
  await utimes(old, longAgo, longAgo)
  await start(dataDir)
  expect((await lstat(join(dataDir, 'postgres'))).isDirectory()).toBe(true)
  expect((await readdir(dataDir)).filter(name => name.includes('partial'))).toEqual([basename(fresh)])
})

test('a link to a cluster that is gone is set aside', async () => {
  const dataDir = await makeDataFolder()
  await symlink('/nowhere/at/all', join(dataDir, 'postgres'))
  expect(await query(await start(dataDir), 'select 1')).toEqual([1])
})

test('data whose password file is lost is refused, not replaced', async () => {
  const dataDir = await makeUsedDataFolder()
  await rm(join(dataDir, 'postgres', 'password'))
  await expect(start(dataDir)).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE', hint: /backup/ })
})

test('data of another major version is refused with both versions named', async () => {
  const dataDir = await makeUsedDataFolder()
  await writeFile(join(dataDir, 'postgres', 'data', 'PG_VERSION'), '17\n')
  await expect(start(dataDir)).rejects.toThrow(/is of PostgreSQL 17; this Scrum4Me has 18/)
})

test('a server that does not come up is reported with the last lines of its log', async () => {
  const dataDir = await makeUsedDataFolder()
  await writeFile(join(dataDir, 'postgres', 'data', 'postgresql.conf'), 'shared_bufers = 1GB\n')
  await expect(start(dataDir)).rejects.toThrow(/unrecognized configuration parameter "shared_bufers"/)
})

test('the lock of a starter that died is broken, by several waiters at once too', async () => {
  const dataDir = await makeUsedDataFolder()
  const dead = spawn('true')
  await once(dead, 'exit')
  const { machine } = await identifyProcess()
  await mkdir(join(dataDir, 'postgres.lock'))
  await writeFile(join(dataDir, 'postgres.lock', 'left'), `${dead.pid} 1 ${machine}`)
  const all = await Promise.all([start(dataDir), start(dataDir), start(dataDir)])
  expect(all.filter(postgres => !postgres.adopted)).toHaveLength(1)
})

function staleFile(pid: number): string {
  return `${pid}\n/somewhere\n1700000000\n5432\n/nowhere\n\n  5432001         1\nready   \n`
}
