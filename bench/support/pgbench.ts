import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type pg from 'pg'

/** PGBENCH, or the one on the PATH, or where Debian puts it. */
const PGBENCH = process.env.PGBENCH ?? 'pgbench'
const DEBIAN = ['18', '17', '16', '15'].map(major => `/usr/lib/postgresql/${major}/bin`)

/** Makes the plainest queue that there is: one narrow table, one partial index. */
export async function makePlainQueue(pool: pg.Pool, finished: number): Promise<void> {
  await pool.query(
    `create table plain_queue (id bigserial primary key, status text not null default 'QUEUED', claimed_at timestamptz)`,
  )
  await pool.query(`create index plain_queue_order on plain_queue (id) where status = 'QUEUED'`)
  await pool.query(`insert into plain_queue (status) select 'DONE' from generate_series(1, $1::int)`, [finished])
  await pool.query('vacuum analyze plain_queue')
}

/** So many rows are queued in it, and nothing else. */
export async function refillPlainQueue(pool: pg.Pool, count: number): Promise<void> {
  await pool.query(`update plain_queue set status = 'DONE' where status <> 'DONE'`)
  await pool.query(`insert into plain_queue (status) select 'QUEUED' from generate_series(1, $1::int)`, [count])
  await pool.query('vacuum analyze plain_queue')
}

/** The bare claim that everything else is measured by. */
export const BARE_CLAIM = `update plain_queue set status = 'CLAIMED', claimed_at = now()
  where id = (select id from plain_queue where status = 'QUEUED' order by id limit 1 for update skip locked);`

/** Transactions per second of a script, by PostgreSQL's own tool: prepared, with so many clients, for so long. */
export async function runPgbench(url: string, script: string, clients: number, seconds: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 's4m-pgbench-'))
  try {
    const file = join(folder, 'script.sql')
    await writeFile(file, script)
    const env = { PATH: [process.env.PATH, ...DEBIAN].join(':') }
    const threads = String(Math.min(2, clients))
    const args = ['-n', '-M', 'prepared', '-c', String(clients), '-j', threads, '-T', String(seconds), '-f', file, url]
    const { stdout } = await execa(PGBENCH, args, { env })
    return Number(/tps = ([\d.]+)/.exec(stdout)?.[1])
  } finally {
    await rm(folder, { recursive: true })
  }
}
