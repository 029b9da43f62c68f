import { test } from 'vitest'
import { claimNextJobs } from '../src/server/store/jobs/claim-next-jobs.ts'
import { addFinished, type Board, openBoard, refill } from './support/board.ts'
import { BARE_CLAIM, makePlainQueue, refillPlainQueue, runPgbench } from './support/pgbench.ts'
import { inTurn, ratio, record } from './support/record.ts'

const SECONDS = 2
const QUEUED = 16_000
const ROUNDS = 3
const WORKERS = [1, 4, 16, 64]

const board = await openBoard({ tasks: QUEUED, poolSize: 64 })

test('one claim at a time', async () => {
  const rows: (string | number)[][] = []
  for (const finished of [0, 1_000_000]) {
    await addFinished(board, finished)
    await board.pool.query('drop table if exists plain_queue')
    await makePlainQueue(board.pool, finished)
    for (const workers of WORKERS) {
      const { ours, baseline } = await inTurn(
        ROUNDS,
        () => claimsPerSecond(board, workers),
        async () => {
          await refillPlainQueue(board.pool, QUEUED * 3)
          return runPgbench(board.url, BARE_CLAIM, workers, SECONDS)
        },
      )
      rows.push([finished.toLocaleString('en'), workers, Math.round(ours), Math.round(baseline), ratio(ours, baseline)])
    }
  }
  await record({
    name: '1-claims',
    title: 'One claim at a time, jobs/s',
    about:
      'One prepared statement per claim from Node, with lanes, kinds, runs, bars, membership and the event in it, beside pgbench running a bare UPDATE … SKIP LOCKED on a table without any of that. Target: 0.7 × at 1, 4 and 16 workers. It is missed: ours writes two rows (job and event) with seven index entries where the bare one writes one row with one, and looks up five obstacles, membership and product for each job; all of our workers share one thread of JavaScript, and PostgreSQL the same two cores. Servers claim for their waiters in batches, which the next table measures.',
    head: ['finished rows', 'workers', 'ours', 'pgbench', 'ratio'],
    rows,
  })
})

let claimed = 0

async function claimsPerSecond(on: Board, workers: number): Promise<number> {
  await refill(on, QUEUED)
  const scope = { userIds: [on.userId], hostIds: ['host_bench'], productIds: null, productId: null }
  const until = performance.now() + SECONDS * 1000
  const began = performance.now()
  let count = 0
  const work = async () => {
    while (performance.now() < until) {
      claimed += 1
      const claimant = { workerId: `worker_${claimed}`, hostId: 'host_bench', tokenId: 'token_bench' }
      const jobs = await claimNextJobs(on.server.pool, scope, [claimant], 60)
      count += jobs.length
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  return count / ((performance.now() - began) / 1000)
}
