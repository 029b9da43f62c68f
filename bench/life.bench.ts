import { test } from 'vitest'
import { finishJobDone, takeJob } from '../test/support/backlog.ts'
import { insertWorkers } from '../test/support/bulk.ts'
import { openBoard, refill } from './support/board.ts'
import { runPgbench } from './support/pgbench.ts'
import { inTurn, ratio, record } from './support/record.ts'

const SECONDS = 3
const QUEUED = 10_000
const AGENTS = [1, 4, 16]

const board = await openBoard({ tasks: QUEUED, poolSize: 32 })

test('the whole life of a job', async () => {
  await board.pool.query('create sequence bench_job')
  const rows: (string | number)[][] = []
  for (const agents of AGENTS) {
    const { ours, baseline } = await inTurn(
      3,
      () => livesPerSecond(agents),
      async () => {
        const prefix = await refill(board, QUEUED)
        await board.pool.query('alter sequence bench_job restart')
        return runPgbench(board.url, sameWrites(prefix), agents, SECONDS)
      },
    )
    rows.push([agents, Math.round(ours), Math.round(baseline), ratio(ours, baseline)])
  }
  await record({
    name: '3-life',
    title: 'The whole life of a job, jobs/s',
    about:
      'Claimed, attached, verified, delivered and settled through the api, with propagation and events, beside pgbench doing the same writes in the same transactions by id, and nothing else: no token, no fence, no lock, no gate, no rule, no answer. Target: 0.8 ×. What is missing are the reads that decide, some fifty round trips of a job from one thread of JavaScript, which an agent makes within minutes or hours.',
    head: ['agents', 'ours', 'pgbench', 'ratio'],
    rows,
  })
})

async function livesPerSecond(agents: number): Promise<number> {
  await refill(board, QUEUED)
  const { hostId, userId, pool, api } = board
  const workers = await insertWorkers(pool, { userId, hostId, count: agents })
  const began = performance.now()
  let count = 0
  const work = async (workerId: string) => {
    while (performance.now() < began + SECONDS * 1000) {
      const { hold } = await takeJob(api, workerId)
      await finishJobDone(api, hold)
      count += 1
    }
  }
  await Promise.all(workers.map(work))
  return count / ((performance.now() - began) / 1000)
}

/** The writes of a job's five transactions: claim, attach, verification, delivery, end. */
function sameWrites(prefix: string): string {
  const { userId, productId, hostId } = board
  const job = `'${prefix}' || lpad(:n::text, 9, '0')`
  const task = `'task_' || :n::text`
  const event = (status: string, of: string) =>
    `insert into events (type, user_id, product_id, job_id, task_id, status)
       values ('${of}', '${userId}', '${productId}', ${job}, ${task}, '${status}')`
  const told = (kind: string) =>
    `insert into job_events (job_id, claim_no, kind, words) values (${job}, 1, '${kind}', 'bbbbbbb is on its way to feat/story-1.')`
  return `
    select nextval('bench_job') as n \\gset
    with claimed as (
      update claude_jobs set status = 'CLAIMED', claim_token = gen_random_uuid(), claim_no = claim_no + 1,
        worker_id = 'worker_' || :n::text, host_id = '${hostId}', claimed_by_token_id = 'token', claimed_at = now(),
        lease_until = now() + interval '1 minute', plan_snapshot = 'Change it.' where id = ${job})
    ${event('claimed', 'claude_job_status')};
    begin;
    update tasks set status = 'IN_PROGRESS' where id = ${task};
    update claude_jobs set status = 'RUNNING', attached_at = now(), started_at = now(), base_sha = repeat('a', 40),
      lease_until = now() + interval '5 minutes', config = '{}' where id = ${job};
    insert into job_attempts (job_id, claim_no, host_id, worktree_path, base_sha)
      values (${job}, 1, '${hostId}', '/worktrees/job', repeat('a', 40));
    ${event('in_progress', 'backlog')};
    ${event('running', 'claude_job_status')};
    ${told('BEGUN')};
    commit;
    begin;
    update claude_jobs set lease_until = now() + interval '5 minutes', verify_result = 'ALIGNED',
      verify_reasoning = 'All paths are covered.', verified_sha = repeat('b', 40) where id = ${job};
    ${told('VERIFIED')};
    commit;
    begin;
    update claude_jobs set lease_until = now() + interval '5 minutes', head_sha = repeat('b', 40), setup_failures = 0,
      summary = 'Changed the greeting as planned.' where id = ${job};
    ${told('DELIVERED')};
    commit;
    begin;
    update claude_jobs set status = 'DONE', finished_at = now(), lease_until = null, pushed_at = now() where id = ${job};
    update job_attempts set head_sha = repeat('b', 40), outcome = 'DONE', summary = 'Changed the greeting as planned.'
     where job_id = ${job} and claim_no = 1;
    update tasks set status = 'DONE' where id = ${task};
    ${event('done', 'claude_job_status')};
    ${event('done', 'backlog')};
    ${told('DONE')};
    commit;`
}
