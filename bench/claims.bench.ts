import { test } from 'vitest'
import { claimNextJobs } from '../src/server/store/jobs/claim-next-jobs.ts'
import { addFinished, type Board, openBoard, refill } from './support/board.ts'
import { BARE_CLAIM, makePlainQueue, refillPlainQueue, runPgbench } from './support/pgbench.ts'
import { inTurn, median, ratio, record } from './support/record.ts'

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
      const fromNode: number[] = []
      const { ours, baseline } = await inTurn(
        ROUNDS,
        () => claimsPerSecond(board, workers),
        async () => {
          await refillPlainQueue(board.pool, QUEUED * 3)
          fromNode.push(await bareClaimsPerSecond(board, workers))
          await refillPlainQueue(board.pool, QUEUED * 3)
          return runPgbench(board.url, BARE_CLAIM, workers, SECONDS)
        },
      )
      const [plain, bare] = [median(fromNode), baseline].map(Math.round) as [number, number]
      const of = [ratio(ours, baseline), ratio(plain, baseline)]
      rows.push([finished.toLocaleString('en'), workers, Math.round(ours), plain, bare, ...of])
    }
  }
  await record({
    name: '1-claims',
    title: 'One claim at a time, jobs/s',
    about:
      'One prepared statement per claim from Node, with lanes, kinds, runs, bars, membership and the event in it, beside pgbench running a bare UPDATE … SKIP LOCKED on a table without any of that. Target: 0.7 × at 1, 4 and 16 workers. It is missed: Node and its pool take the fifth that the bare claim from Node shows; the rest is the statement, which writes two rows (job and event) with seven index entries where the bare one writes one row with one, and looks up five obstacles, membership and product for each job. Servers claim for their waiters in batches, which the next table measures.',
    head: ['finished rows', 'workers', 'ours', 'bare, from Node', 'bare, pgbench', 'ours / pgbench', 'Node / pgbench'],
    rows,
  })
})

let claimed = 0

async function claimsPerSecond(on: Board, workers: number): Promise<number> {
  await refill(on, QUEUED)
  const scope = { userIds: [on.userId], hostIds: ['host_bench'], productIds: null, productId: null }
  return perSecond(workers, async () => {
    claimed += 1
    const claimant = { workerId: `worker_${claimed}`, hostId: 'host_bench', tokenId: 'token_bench' }
    const jobs = await claimNextJobs(on.server.pool, scope, [claimant], 60)
    return jobs.length
  })
}

async function bareClaimsPerSecond(on: Board, workers: number): Promise<number> {
  return perSecond(workers, async () => {
    const { rowCount } = await on.server.pool.query({ name: 'bare-claim', text: BARE_CLAIM })
    return rowCount ?? 0
  })
}

/** How many of its results there are in a second when so many workers do something again and again. */
async function perSecond(workers: number, claim: () => Promise<number>): Promise<number> {
  const until = performance.now() + SECONDS * 1000
  const began = performance.now()
  let count = 0
  const work = async () => {
    while (performance.now() < until) {
      const claims = await claim()
      count += claims
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  return count / ((performance.now() - began) / 1000)
}
