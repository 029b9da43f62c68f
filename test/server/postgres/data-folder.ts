import { rmSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '../../../src/server/postgres/start-postgres.ts'

/** A data folder of the test's own; the cluster in it, wherever it really lies, goes with it. */
export async function makeDataFolder(below = ''): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 's4m-postgres-test-'))
  const dataDir = join(root, below)
  await mkdir(dataDir, { recursive: true })
  onTestFinished(async () => {
    const elsewhere = await realpath(join(dataDir, 'postgres')).catch(() => root)
    await rm(elsewhere, { recursive: true, force: true })
    await rm(root, { recursive: true, force: true })
  })
  return dataDir
}

/** A data folder with a cluster that was made, used and stopped; a copy, because making one takes most of a second. */
export async function makeUsedDataFolder(): Promise<string> {
  const dataDir = await makeDataFolder()
  await chmod(dataDir, 0o711) // as root, PostgreSQL's account must be able to pass
  template ??= makeTemplate()
  await execa('cp', ['-a', await realpath(join(await template, 'postgres')), join(dataDir, 'postgres')])
  return dataDir
}

let template: Promise<string> | undefined

async function makeTemplate(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 's4m-postgres-template-'))
  // Of the process: the test files of a worker share it.
  process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }))
  await chmod(dataDir, 0o711)
  const postgres = await startPostgres({ dataDir, log: () => undefined, settings: { fsync: 'off' } })
  await query(postgres, 'create table kept as select 42 as answer')
  await postgres.stop()
  return dataDir
}

/** Starts the PostgreSQL of a data folder; the test's end stops it. */
export async function start(dataDir: string): Promise<EmbeddedPostgres> {
  const postgres = await startPostgres({ dataDir, log: () => undefined, settings: { fsync: 'off' } })
  const socketFolder = new URL(postgres.databaseUrl).searchParams.get('host')
  onTestFinished(async () => {
    await postgres.stop()
    if (socketFolder?.startsWith('/tmp/scrum4me-')) await rm(socketFolder, { recursive: true, force: true })
  })
  return postgres
}

/** Runs one statement on a connection of its own. */
export async function query(postgres: EmbeddedPostgres, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: postgres.databaseUrl })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query({ text, rowMode: 'array' })).rows.flat()
  } finally {
    await client.end()
  }
}

/** The process id that the server of a data folder has written down. */
export async function readPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(pidFile(dataDir), 'utf8'), 10)
}

/** Where the server of a data folder writes its process id. */
export function pidFile(dataDir: string): string {
  return join(dataDir, 'postgres', 'data', 'postmaster.pid')
}
