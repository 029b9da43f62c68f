import { randomBytes } from 'node:crypto'
import pg from 'pg'
import pino from 'pino'
import { afterAll, inject } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { TOKEN_SCOPES } from '../../src/domain/permissions.ts'
import { issueToken } from '../../src/server/flows/authenticate.ts'
import { openServer, type RunningServer } from '../../src/server/open-server.ts'
import { newId } from '../../src/server/store/new-id.ts'
import { insertUser } from '../../src/server/store/tokens/tokens.ts'

/** A server on a database of its own with one product, and as many tasks as jobs are queued at once. */
export interface Board {
  url: string
  pool: pg.Pool
  server: RunningServer
  api: ApiClient
  token: string
  userId: string
  productId: string
  hostId: string
}

/** Opens a board whose server has so many connections; gone when the file's measurements are over. */
export async function openBoard({ tasks, poolSize = 10 }: { tasks: number; poolSize?: number }): Promise<Board> {
  const admin = new pg.Client(inject('benchUrl'))
  await admin.connect()
  const name = `s4m_bench_${randomBytes(6).toString('hex')}`
  await admin.query(`create database ${name}`)
  const url = new URL(inject('benchUrl'))
  url.pathname = `/${name}`
  const quiet = { version: '0.1.0-bench', log: pino({ level: 'silent' }), backupsFolder: '/nowhere', reapEveryMs: 0 }
  const server = await openServer({ ...quiet, databaseUrl: url.href, poolSize })
  const pool = new pg.Pool({ connectionString: url.href, max: 4 })
  // Dropping the database by force may meet a connection that is just saying goodbye.
  for (const each of [pool, server.pool]) each.on('error', () => undefined)
  const userId = newId('user')
  await insertUser(pool, { id: userId, name: 'Bench' })
  const wish = { userId, name: 'bench', scopes: TOKEN_SCOPES, productIds: null, lifeSeconds: null }
  const { token } = await issueToken(server, wish)
  const api = server.client(token)
  const { id: productId } = await api.products.create({ name: 'Bench' })
  const hostId = newId('host')
  await api.hosts.register({ host_id: hostId, host_name: 'bench', version: '0.1.0', worker_name: 'bench' })
  const pbi = await api.backlog.createPbi({ product_id: productId, title: 'All' })
  // A story for each hundred tasks: what ends a job looks at its siblings.
  await pool.query(
    `insert into stories (id, product_id, pbi_id, code, title, priority, sort_order)
     select 'story_' || n, $1, $2, 'ST-' || n, 'Story', 2, n from generate_series(1, $3::int / 100 + 1) n`,
    [productId, pbi.id, tasks],
  )
  await pool.query('analyze stories')
  await pool.query(
    `insert into tasks (id, product_id, story_id, code, title, priority, sort_order, implementation_plan)
     select 'task_' || n, $1, 'story_' || (n / 100 + 1), 'T-' || n, 'Task', 2, n, 'Change \`hello.js\`.' from generate_series(1, $2::int) n`,
    [productId, tasks],
  )
  await pool.query('analyze')
  afterAll(async () => {
    await server.close()
    await pool.end()
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  })
  return { url: url.href, pool, server, api, token, userId, productId, hostId }
}

/** Adds jobs that have ended long ago, and lets the planner know. */
export async function addFinished({ pool, userId, productId }: Board, count: number): Promise<void> {
  await pool.query(
    `insert into claude_jobs (id, user_id, product_id, kind, status, task_id, repo_key, branch, head_sha, created_at, finished_at)
     select 'job_old_' || lpad(n::text, 9, '0'), $1, $2, 'TASK_IMPLEMENTATION', 'DONE', 'task_1', 'bench', 'feat/old-' || n % 1000,
            repeat('a', 40), now() - interval '30 days', now() - interval '30 days' from generate_series(1, $3::int) n`,
    [userId, productId, count],
  )
  await pool.query('vacuum analyze claude_jobs')
}

let batch = 0

/** Ends what is queued or held, and queues `count` jobs, each in a lane of its own; the prefix of their numbered ids. */
export async function refill({ pool, userId, productId }: Board, count: number): Promise<string> {
  batch += 1
  await pool.query(
    `update claude_jobs set status = 'CANCELLED', lease_until = null, finished_at = now()
      where status in ('QUEUED', 'CLAIMED', 'RUNNING')`,
  )
  await pool.query(`update tasks set status = 'TO_DO' where status <> 'TO_DO'`)
  await pool.query(
    `insert into claude_jobs (id, user_id, product_id, kind, task_id, sequence, repo_key, branch, created_at)
     select 'job_' || $4::text || '_' || lpad(n::text, 9, '0'), $1, $2, 'TASK_IMPLEMENTATION', 'task_' || n, n, 'bench',
            'feat/' || $4::text || '-' || n, now() + n * interval '1 ms' from generate_series(1, $3::int) n`,
    [userId, productId, count, String(batch)],
  )
  await pool.query('vacuum analyze claude_jobs')
  return `job_${batch}_`
}
