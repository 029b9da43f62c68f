import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '../../src/server/postgres/start-postgres.ts'
import { migrate } from '../../src/server/store/migrate.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    adminUrl: string
    templateName: string
  }
}

/** One PostgreSQL for the whole run: TEST_DATABASE_URL, or an embedded one that lives in a temporary folder. */
export async function setup(project: TestProject) {
  const given = process.env.TEST_DATABASE_URL
  const postgres = given ? { databaseUrl: given, stop: async () => undefined } : await startEmbedded()
  const templateName = `s4m_template_${process.pid}`
  const admin = new pg.Client(postgres.databaseUrl)
  await admin.connect()
  await admin.query(`create database ${templateName}`)
  await migrateTemplate(postgres.databaseUrl, templateName)
  project.provide('adminUrl', postgres.databaseUrl)
  project.provide('templateName', templateName)
  return async () => {
    await admin.query(`drop database if exists ${templateName} with (force)`)
    await admin.end()
    await postgres.stop()
  }
}

async function startEmbedded() {
  const dataDir = await mkdtemp(join(await findFastFolder(), 's4m-pg-'))
  // Its account has to pass when root runs the tests.
  await chmod(dataDir, 0o711)
  const postgres = await startPostgres({ dataDir, settings: SETTINGS, log: () => undefined })
  return {
    databaseUrl: postgres.databaseUrl,
    async stop() {
      await postgres.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  max_wal_size: '128MB',
}

/** The databases of a whole run and their log. */
const ROOM_BYTES = 3_000_000_000

/** In memory where there is room: each test file has a database of its own, which is some three hundred files. */
async function findFastFolder(): Promise<string> {
  const memory = await statfs('/dev/shm').catch(() => null)
  return memory && memory.bavail * memory.bsize > ROOM_BYTES ? '/dev/shm' : tmpdir()
}

async function migrateTemplate(adminUrl: string, templateName: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: withDatabase(adminUrl, templateName) })
  await migrate(pool, { version: '0.1.0-test', save: async () => undefined })
  await pool.end()
}

function withDatabase(url: string, name: string): string {
  const parsed = new URL(url)
  parsed.pathname = `/${name}`
  return parsed.toString()
}
