import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'vitest'
import { openBoard } from './support/board.ts'
import { record } from './support/record.ts'

const WAITERS = 10_000
const SECONDS = 10

const board = await openBoard({ tasks: 1 })

test('ten thousand idle waiters in one server', async () => {
  const { server, pool, userId } = board
  let queries = 0
  const query = server.pool.query.bind(server.pool)
  Reflect.set(server.pool, 'query', (...args: unknown[]) => {
    queries += 1
    return Reflect.apply(query, server.pool, args)
  })
  collect()
  const before = process.memoryUsage().heapUsed
  const gone = new AbortController()
  const scope = { userIds: [userId], productIds: null, productId: null }
  const waits = Array.from({ length: WAITERS }, (_, n) => {
    const claimant = { workerId: `worker_${n}`, hostId: 'host_bench', tokenId: 'token_bench' }
    return server.dispatcher.wait(scope, claimant, { waitMs: 600_000, signal: gone.signal }).catch(() => null)
  })
  await sleep(1_000)
  queries = 0
  await sleep(SECONDS * 1000)
  const idle = queries / SECONDS
  collect()
  const each = (process.memoryUsage().heapUsed - before) / WAITERS / 1024
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity where datname = current_database() and query ilike 'listen%'`,
  )
  gone.abort()
  await Promise.all(waits)
  await record({
    name: '5-idle',
    title: 'Ten thousand idle waiters in one server',
    about: 'Targets: 1 LISTEN connection, at most 1 query/s, at most 20 kB of memory each.',
    head: ['LISTEN connections', 'queries/s', 'kB each'],
    rows: [[rows[0]?.count ?? 0, idle.toFixed(2), each.toFixed(1)]],
  })
})

/** Node shows its collector when it is started with --expose-gc, as here. */
function collect(): void {
  globalThis.gc?.()
}
