import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, test } from 'vitest'
import { remoteApi } from '../src/host/remote/remote-api.ts'
import { listenHttp } from '../src/server/http/listen-http.ts'
import { insertWorkers } from '../test/support/bulk.ts'
import { openBoard } from './support/board.ts'
import { enqueuePlain, openNaiveWaiters } from './support/naive.ts'
import { makePlainQueue } from './support/pgbench.ts'
import { percentile, record } from './support/record.ts'

const SAMPLES = 200
const WAITERS = [1, 100, 1_000]
/** A connection each: more of them than PostgreSQL lets in are not measured. */
const MOST_NAIVE = 100

/** A hundred tasks are of one story, and so of one lane. */
const board = await openBoard({ tasks: SAMPLES * 100 })
const http = await listenHttp(board.server, { host: '127.0.0.1', port: 0 })
afterAll(() => http.close())

test('from enqueueing to the answer in the hands of a waiter', async () => {
  await makePlainQueue(board.pool, 0)
  const rows: (string | number)[][] = []
  for (const waiters of WAITERS) {
    const ours = await measureOurs(waiters)
    const naive = waiters > MOST_NAIVE ? null : await measureNaive(waiters)
    rows.push([waiters, ...shown(ours), ...(naive ? shown(naive) : ['-', '-'])])
  }
  await record({
    name: '4-latency',
    title: 'Enqueue → claimed, ms',
    about:
      'From the call that enqueues a job to the answer of `jobs.claim` at a waiter over HTTP, with everything that an enqueueing checks and a claim reads, beside waiters who have a connection each, look at a bare queue whenever anything is notified, and poll every 5 s. The clients share a thread with the server. Targets at 1,000 waiters: p50 4 ms, p99 20 ms. Missed: about half of it is the enqueueing itself, a transaction of ten statements that checks, locks, reserves the line and records, and the rest the claim and the way through HTTP. It is no cost of waiting, because a thousand waiters cost no more than one.',
    head: ['waiters', 'ours p50', 'ours p99', 'naive p50', 'naive p99'],
    rows,
  })
})

function shown(values: readonly number[]): string[] {
  return [percentile(values, 0.5), percentile(values, 0.99)].map(value => value.toFixed(1))
}

async function measureOurs(waiters: number): Promise<number[]> {
  const api = remoteApi({ url: http.url, token: board.token, version: '0.1.0', retries: 0 })
  const { hostId, userId, pool } = board
  const workers = await insertWorkers(pool, { userId, hostId, count: waiters + SAMPLES + 1 })
  const gone = new AbortController()
  const claims = new Claims()
  const wait = async () => {
    for (let worker_id = workers.pop() ?? ''; !gone.signal.aborted; ) {
      const { offer } = await api.jobs.claim({ worker_id, wait_ms: 45_000 }, { signal: gone.signal })
      if (!offer) continue
      claims.add(offer.job_id)
      worker_id = workers.pop() ?? ''
    }
  }
  const waits = Array.from({ length: waiters }, () => wait().catch(() => undefined))
  await until(() => board.server.dispatcher.waiting === waiters)
  const times: number[] = []
  for (let n = 0; n < SAMPLES; n++) {
    const began = performance.now()
    const { job_id } = await board.api.jobs.dispatch({ task_id: `task_${n * 100 + 1}` })
    times.push((await claims.of(job_id)) - began)
    await board.api.jobs.cancel({ job_id })
    await until(() => board.server.dispatcher.waiting === waiters)
  }
  gone.abort()
  await Promise.all(waits)
  return times
}

async function measureNaive(waiters: number): Promise<number[]> {
  const claims = new Claims()
  const end = await openNaiveWaiters(board.url, waiters, id => claims.add(id))
  const times: number[] = []
  for (let n = 0; n < SAMPLES; n++) {
    const began = performance.now()
    const id = await enqueuePlain(board.pool)
    times.push((await claims.of(id)) - began)
  }
  await end()
  return times
}

/** What has been claimed when, for one who waits for a claim without keeping the processor busy. */
class Claims {
  readonly #at = new Map<string, number>()
  readonly #awaited = new Map<string, (at: number) => void>()

  add(id: string): void {
    const at = performance.now()
    this.#at.set(id, at)
    this.#awaited.get(id)?.(at)
  }

  async of(id: string): Promise<number> {
    return this.#at.get(id) ?? new Promise(resolve => this.#awaited.set(id, resolve))
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(1)
}
