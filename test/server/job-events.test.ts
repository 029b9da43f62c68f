import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { finishJobDone, makeWorker, takeJob } from '../support/backlog.ts'
import { holdJob, holdOffer, holdSprint, SHA } from '../support/held-jobs.ts'
import { eventsOf, failureOf } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

describe('the history of a job', () => {
  test('ends with its end, after what became of the tasks of a sprint with it', async () => {
    const { api } = await person()
    const { hold } = await holdSprint(api, { tasks: 2 })
    await api.jobs.settle({ ...hold, outcome: 'failed', error: 'The tests are red.' })
    const kinds = (await api.jobs.listEvents({ job_id: hold.job_id })).map(event => event.kind)
    expect(kinds.slice(-3)).toEqual(['task', 'task', 'failed'])
  })

  test('tells in words, in order and with its host what happened, up to its end', async () => {
    const { api } = await person()
    const { hold, offer } = await holdJob(api)
    await api.jobs.giveBack({ ...hold, blame: 'setup', reason: 'npm ci failed: no network.' })
    await db.moveClock('31 seconds')
    const second = await takeJob(api, (await makeWorker(api)).workerId)
    await finishJobDone(api, second.hold)
    expect(await historyOf(api, hold.job_id)).toEqual([
      `0 queued: Queued on ${offer.branch}.`,
      `1 begun: Begun at aaaaaaa of ${offer.branch}, in /worktrees/${hold.job_id}.`,
      '1 given_back: npm ci failed: no network. 1 of 10 set-ups have failed.',
      `2 begun: Begun at aaaaaaa of ${offer.branch}, in /worktrees/${hold.job_id}.`,
      '2 verified: bbbbbbb is aligned: Every path that the plan names was touched.',
      `2 delivered: bbbbbbb has passed the gate, and goes to ${offer.branch} of origin.`,
      `2 done: bbbbbbb is on ${offer.branch}.`,
    ])
    const [queued, begun] = await api.jobs.listEvents({ job_id: hold.job_id })
    expect(queued?.host).toBeNull()
    expect(begun?.host).toBe('test-host')
  })

  test('tells of a lost connection, a lapse and what it cost, a cancel and a retry', async () => {
    const { api } = await person()
    const { hold, workerId } = await holdJob(api)
    await api.jobs.cutLease({ ...hold, worker_id: workerId })
    await db.moveClock('2 minutes')
    await reapStaleJobs(server)
    await api.jobs.cancel({ job_id: hold.job_id })
    await api.jobs.retry({ job_id: hold.job_id })
    expect((await historyOf(api, hold.job_id)).slice(2)).toEqual([
      '1 connection_lost: Its agent’s connection closed: the lease ends within 60 s unless it comes back.',
      '1 lapsed: The lease ended without a report. 1 of 3 attempts are used.',
      '1 cancelled: Cancelled by a person.',
      '1 queued: Queued again by a person, with all its attempts.',
    ])
  })

  test('tells of each task of a sprint’s job', async () => {
    const { api } = await person()
    const { hold, context } = await holdSprint(api, { tasks: 2 })
    const [one, two] = context.task_executions.map(({ execution_id }) => ({ ...hold, execution_id }))
    if (!one || !two) throw new Error('there are two tasks')
    await api.executions.start(one)
    await api.executions.settle({ ...one, outcome: 'skipped', reason: 'It is so already.' })
    await api.executions.start(two)
    await api.executions.settle({ ...two, outcome: 'failed', reason: 'The tests are red.' })
    expect((await historyOf(api, hold.job_id)).filter(line => line.includes('task'))).toEqual([
      '1 task: T-1: begun at aaaaaaa.',
      '1 task: T-1: skipped. It is so already.',
      '1 task: T-2: begun at aaaaaaa.',
      '1 task: T-2: failed. The tests are red.',
    ])
  })

  test('tells where the work of an attempt was kept, once', async () => {
    const { api } = await person()
    const { hold, workerId } = await holdJob(api)
    await api.jobs.settle({ ...hold, outcome: 'failed', error: 'The tests are red.' })
    const rescue_ref = `refs/scrum4me/rescue/${hold.job_id}/1`
    const remains = { worker_id: workerId, job_id: hold.job_id, attempt: 1, rescue_ref, removed: true }
    for (const _ of [1, 2]) expect(await api.jobs.recordRemains(remains)).toEqual({ recorded: true })
    expect((await historyOf(api, hold.job_id)).slice(2)).toEqual([
      '1 failed: The tests are red.',
      `1 work_kept: What was not delivered is kept on ${rescue_ref}.`,
    ])
  })

  test('H52 H54 is nobody else’s, and holds no claim token', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    const stranger = await person()
    expect((await failureOf(stranger.api.jobs.listEvents({ job_id: hold.job_id }))).code).toBe('NOT_FOUND')
    expect(JSON.stringify(await api.jobs.listEvents({ job_id: hold.job_id }))).not.toContain(hold.claim_token)
  })

  test('shortens what would be a page, and shows the newest of many', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await api.jobs.giveBack({ ...hold, blame: 'setup', reason: 'x'.repeat(3_000) })
    const [last, ...others] = await api.jobs.listEvents({ job_id: hold.job_id, limit: 1 })
    expect(others).toEqual([])
    expect(last?.kind).toBe('given_back')
    expect(last?.words).toHaveLength(1_000)
  })
})

describe('a job at work without a call of its agent or a change of its worktree', () => {
  test('shows as stalled after 30 minutes, is told of once, and shows it no longer at the next sign', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    const { job_id } = hold
    await silentFor(api, hold, 29)
    expect(await api.jobs.get({ job_id })).toMatchObject({ status: 'running', stalled: false })
    await silentFor(api, hold, 2)
    await reapStaleJobs(server)
    expect(await api.jobs.get({ job_id })).toMatchObject({ status: 'running', stalled: true })
    expect(await api.jobs.list({})).toMatchObject([{ job_id, stalled: true }])
    expect(await api.jobs.recordActivity(hold)).toEqual({ recorded: true })
    expect(await api.jobs.get({ job_id })).toMatchObject({ stalled: false })
    for (const _ of [1, 2]) await reapStaleJobs(server)
    expect((await historyOf(api, job_id)).slice(2)).toEqual([
      '1 stalled: No call of its agent and no change of its worktree for 30 minutes.',
      '1 active: Its agent is at work again.',
    ])
    expect((await eventsOf(db.pool, { job: job_id })).slice(-2)).toEqual([
      'claude_job_activity stalled',
      'claude_job_activity active',
    ])
  })

  test('H17 starts anew with each attempt', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    await silentFor(api, hold, 31)
    await db.moveClock('6 minutes')
    await reapStaleJobs(server)
    expect(await api.jobs.get({ job_id: hold.job_id })).toMatchObject({ status: 'queued', stalled: false })
    await takeJob(api, (await makeWorker(api)).workerId)
    expect(await api.jobs.get({ job_id: hold.job_id })).toMatchObject({ status: 'running', stalled: false })
  })

  test('H22 counts no sign of a claim that is over, or of an offer', async () => {
    const { api } = await person()
    const { hold } = await holdOffer(api)
    expect(await api.jobs.recordActivity(hold)).toEqual({ recorded: false })
    await api.jobs.attach({
      ...hold,
      worktree_path: '/w',
      branch: (await api.jobs.get(hold)).branch ?? '',
      base_sha: SHA.base,
    })
    await api.jobs.settle({ ...hold, outcome: 'failed', error: 'The tests are red.' })
    expect(await api.jobs.recordActivity(hold)).toEqual({ recorded: false })
  })
})

async function historyOf(api: ApiClient, jobId: string): Promise<string[]> {
  const events = await api.jobs.listEvents({ job_id: jobId })
  return events.map(({ attempt, kind, words }) => `${attempt} ${kind}: ${words}`)
}

/** Time passes while the host, but nobody else, shows that it lives. */
async function silentFor(
  api: ApiClient,
  hold: { job_id: string; claim_token: string },
  minutes: number,
): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    await db.moveClock('1 minute')
    await api.jobs.renew(hold)
    await reapStaleJobs(server)
  }
}
