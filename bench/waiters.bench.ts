import { test } from 'vitest'
import { openBoard, refill } from './support/board.ts'
import { BARE_CLAIM, makePlainQueue, refillPlainQueue, runPgbench } from './support/pgbench.ts'
import { inTurn, ratio, record } from './support/record.ts'

const SECONDS = 2
const QUEUED = 40_000
const WAITERS = [16, 64, 256]

const board = await openBoard({ tasks: QUEUED })

test('many waiters on one server', async () => {
  const rows: (string | number)[][] = []
  await makePlainQueue(board.pool, 0)
  for (const waiters of WAITERS) {
    const { ours, baseline } = await inTurn(
      3,
      () => claimsPerSecond(waiters),
      async () => {
        await refillPlainQueue(board.pool, QUEUED)
        return runPgbench(board.url, BARE_CLAIM, 64, SECONDS)
      },
    )
    rows.push([waiters, Math.round(ours), Math.round(baseline), ratio(ours, baseline)])
  }
  await record({
    name: '2-waiters',
    title: 'Many waiters on one server, jobs/s',
    about:
      'Waiters that meet are served by one statement of the dispatcher, beside pgbench running the bare claim with 64 clients. Target: 3 × at 64 waiters. Missed: with batches this large round trips no longer count, and each job that is claimed costs PostgreSQL some 60 µs for its obstacles, its row with five index entries and its event, while Node needs one of the two cores.',
    head: ['waiters', 'ours', 'pgbench, 64 clients', 'ratio'],
    rows,
  })
})

let waited = 0

async function claimsPerSecond(waiters: number): Promise<number> {
  await refill(board, QUEUED)
  const scope = { userIds: [board.userId], productIds: null, productId: null }
  const began = performance.now()
  const until = began + SECONDS * 1000
  let count = 0
  const wait = async () => {
    while (performance.now() < until) {
      waited += 1
      const claimant = { workerId: `worker_${waited}`, hostId: 'host_bench', tokenId: 'token_bench' }
      if (await board.server.dispatcher.wait(scope, claimant, { waitMs: 1_000 })) count += 1
    }
  }
  await Promise.all(Array.from({ length: waiters }, wait))
  return count / ((performance.now() - began) / 1000)
}
