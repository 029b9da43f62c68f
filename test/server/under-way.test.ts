import { describe, expect, test } from 'vitest'
import { claimForWaiters } from '../../src/server/flows/claim-for-waiters.ts'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { enqueueJobs, makeWorker } from '../support/backlog.ts'
import { holdJob, holdOffer, SHA, startRun, takeOffer, verify } from '../support/held-jobs.ts'
import { holdLock, meetAtRow, untilBlocked } from '../support/locks.ts'
import { failureOf, readRow } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

describe('H14 a run whose job is being attached at the moment at which it is', () => {
  test('paused, which comes first: the job goes back to the queue uncharged, and is there after the pause', async () => {
    const { api, runId, hold, attach } = await offerOfRun()
    const [, attached] = await meetAtRow(
      db.pool,
      { table: 'sprint_runs', id: runId },
      () => api.sprints.pauseRun({ sprint_run_id: runId }),
      attach,
    )
    expect(attached).toMatchObject({ status: 'rejected', reason: { code: 'LEASE_LOST' } })
    expect(await readRow(db.pool, 'claude_jobs', hold.job_id)).toMatchObject(UNCHARGED)
    await api.sprints.resumeRun({ sprint_run_id: runId })
    expect((await takeOffer(api, (await makeWorker(api)).workerId)).hold.job_id).toBe(hold.job_id)
  })

  test('paused, which comes second: the job is at work and stays so, and hears of the pause', async () => {
    const { api, runId, hold, attach } = await offerOfRun()
    const [attached] = await meetAtRow(db.pool, { table: 'sprint_runs', id: runId }, attach, () =>
      api.sprints.pauseRun({ sprint_run_id: runId }),
    )
    expect(attached.status).toBe('fulfilled')
    expect(await api.jobs.renew(hold)).toMatchObject({ sprint_run_status: 'paused' })
    expect(await readRow(db.pool, 'claude_jobs', hold.job_id)).toMatchObject({ status: 'RUNNING' })
  })

  test.each([
    ['first', true],
    ['second', false],
  ])(
    'cancelled, which comes %s: the job is cancelled, its task to be done, and nothing of the run goes on',
    async (_, isFirst) => {
      const { api, runId, taskId, hold, attach } = await offerOfRun()
      const cancel = () => api.sprints.cancelRun({ sprint_run_id: runId })
      const [one, other] = isFirst
        ? await meetAtRow(db.pool, { table: 'sprint_runs', id: runId }, cancel, attach)
        : await meetAtRow(db.pool, { table: 'sprint_runs', id: runId }, attach, cancel)
      if (isFirst) expect(other).toMatchObject({ status: 'rejected', reason: { code: 'JOB_CANCELLED' } })
      else expect([one.status, other.status]).toEqual(['fulfilled', 'fulfilled'])
      expect((await failureOf(api.jobs.renew(hold))).code).toBe('JOB_CANCELLED')
      expect(await readRow(db.pool, 'claude_jobs', hold.job_id)).toMatchObject({ status: 'CANCELLED' })
      expect(await readRow(db.pool, 'tasks', taskId)).toMatchObject({ status: 'TO_DO' })
      expect(await api.sprints.getRun({ sprint_run_id: runId })).toMatchObject({ status: 'cancelled' })
    },
  )
})

test('H17 after a lapse nothing of the attempt passes for the next one, from its claim on', async () => {
  const { api } = await person()
  const { hold } = await holdJob(api)
  await api.jobs.start(hold)
  await verify(api, hold, SHA.head)
  await api.jobs.deliver({ ...hold, head_sha: SHA.head, summary: 'Changed the greeting as planned.' })
  await api.jobs.reportConflict({ ...hold, base_sha: SHA.other })
  await verify(api, hold, SHA.head)
  await db.moveClock('1 hour')
  await reapStaleJobs(server)
  expect(await readRow(db.pool, 'claude_jobs', hold.job_id)).toMatchObject({
    status: 'QUEUED',
    summary: 'Changed the greeting as planned.',
    started_at: expect.any(Date),
    verified_sha: SHA.head,
  })
  await takeOffer(api, (await makeWorker(api)).workerId)
  expect(await readRow(db.pool, 'claude_jobs', hold.job_id)).toMatchObject({
    status: 'CLAIMED',
    attached_at: null,
    started_at: null,
    finished_at: null,
    not_before: null,
    summary: null,
    error: null,
    verify_result: null,
    verify_reasoning: null,
    verified_sha: null,
    checks: null,
  })
})

describe('H23 a job that cannot be set up', () => {
  test('and is the oldest lets a younger one of another lane go ahead that was in the queue all the time', async () => {
    const { api } = await person()
    const [older, younger] = await enqueueJobs(api, 2)
    const { hold } = await takeOffer(api, (await makeWorker(api)).workerId)
    expect(hold.job_id).toBe(older)
    await api.jobs.giveBack({ ...hold, blame: 'setup', reason: 'The network is down.' })
    const { workerId } = await makeWorker(api)
    expect((await takeOffer(api, workerId)).hold.job_id).toBe(younger)
  })

  test('fails with the tenth set-up that is given back, and says what the last one met', async () => {
    const { api } = await person()
    const { hold: first } = await holdOffer(api)
    for (let failures = 1, hold = first; failures <= 10; failures++) {
      const { status } = await api.jobs.giveBack({ ...hold, blame: 'setup', reason: `No network, time ${failures}.` })
      expect(status).toBe(failures < 10 ? 'queued' : 'failed')
      await db.moveClock('5 hours')
      if (failures < 10) hold = (await takeOffer(api, (await makeWorker(api)).workerId)).hold
    }
    expect(await api.jobs.get({ job_id: first.job_id })).toMatchObject({
      setup_failures: 10,
      retry_count: 0,
      error: 'Given up after 10 failed set-ups. The last one: No network, time 10.',
    })
  })
})

test('H9 H10 a worker that is being claimed for elsewhere gets no second job, and those beside it get theirs', async () => {
  const { api, userId, caller } = await person()
  const [one, two] = await enqueueJobs(api, 3)
  const claimants = []
  for (const { workerId, hostId } of [await makeWorker(api), await makeWorker(api)])
    claimants.push({ workerId, hostId, tokenId: caller.tokenId })
  const scope = { userIds: [userId], productIds: null, productId: null }
  // The first claim has written its job, and waits to write its event, whose number this transaction has.
  const nextEvent = `insert into events (id, type, user_id, product_id) select last_value + 1, 'backlog', $1, $1 from events_id_seq`
  const unlock = await holdLock(db.pool, nextEvent, [userId])
  const elsewhere = claimForWaiters(server.pool, scope, claimants.slice(0, 1), 60)
  await untilBlocked(db.pool, 1)
  const together = claimForWaiters(server.pool, scope, claimants, 60)
  await untilBlocked(db.pool, 2)
  await unlock()
  expect((await elsewhere).map(({ id, workerId }) => [id, workerId])).toEqual([[one, claimants[0]?.workerId]])
  expect((await together).map(({ id, workerId }) => [id, workerId])).toEqual([[two, claimants[1]?.workerId]])
})

const UNCHARGED = { status: 'QUEUED', retry_count: 0, setup_failures: 0, not_before: null }

/** The first job of a run, as it is offered to a host. */
async function offerOfRun() {
  const { api } = await person()
  const { run, firstTask } = await startRun(api, { tasks: 2 })
  const { hold, worktree } = await takeOffer(api, (await makeWorker(api)).workerId)
  return { api, runId: run.id, taskId: firstTask.id, hold, attach: () => api.jobs.attach({ ...hold, ...worktree }) }
}
