import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '../../src/server/postgres/start-postgres.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    benchUrl: string
    benchPieces: string
  }
}

const RESULTS = join(import.meta.dirname, '..', 'RESULTS.md')

/**
 * One PostgreSQL for all measurements, as durable as in use: BENCH_DATABASE_URL, or the embedded one in a temporary
 * folder. When all of them have run their tables become RESULTS.md.
 */
export async function setup(project: TestProject) {
  const folder = await mkdtemp(join(tmpdir(), 's4m-bench-'))
  const given = process.env.BENCH_DATABASE_URL
  const postgres = given
    ? { databaseUrl: given, stop: async () => undefined }
    : await startPostgres({ dataDir: folder, settings: { max_connections: '200' }, log: () => undefined })
  const pieces = await mkdtemp(join(tmpdir(), 's4m-bench-tables-'))
  project.provide('benchUrl', postgres.databaseUrl)
  project.provide('benchPieces', pieces)
  const machine = await describeMachine(postgres.databaseUrl)
  return async () => {
    await postgres.stop()
    const tables = await Promise.all((await readdir(pieces)).sort().map(name => readFile(join(pieces, name), 'utf8')))
    const isWhole = tables.length === (await countMeasurements())
    if (isWhole) await writeFile(RESULTS, [HEAD, machine, ...tables].join('\n'))
    await Promise.all([folder, pieces].map(path => rm(path, { recursive: true, force: true })))
  }
}

const HEAD = `# Measured

Written by \`npm run bench\`: ours beside a baseline, as pairs in one run. The ratios are what counts; the figures are of one
machine.
`

async function describeMachine(databaseUrl: string): Promise<string> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  const { rows } = await client.query<{ server_version: string }>('show server_version')
  await client.end()
  const [cpu] = cpus()
  const day = new Date().toISOString().slice(0, 10)
  return `${day}, ${cpus().length} cores (${cpu?.model}), Node ${process.versions.node}, PostgreSQL ${rows[0]?.server_version}\n`
}

async function countMeasurements(): Promise<number> {
  return (await readdir(join(import.meta.dirname, '..'))).filter(name => name.endsWith('.bench.ts')).length
}
