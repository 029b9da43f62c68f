import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { finishJobDone, makeWorker } from '../support/backlog.ts'
import { holdJob, holdOffer, startRun, takeOffer } from '../support/held-jobs.ts'
import { eventsOf, failureOf, readRow, until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { db, server, person } = await openTestServer()
const NO_ROOT = 'Name the repository root in ~/.scrum4me-agent-config.json.'

/** A job that one of two hosts is barred from. */
async function barOne(api: ApiClient) {
  await makeWorker(api)
  return barFirst(api)
}

/** A job that the one host which may take it is barred from, beside those that there are. */
async function barFirst(api: ApiClient) {
  const { hold, workerId, task } = await holdOffer(api)
  await api.jobs.giveBack({ ...hold, blame: 'host', reason: NO_ROOT })
  return { job_id: hold.job_id, workerId, task }
}

describe('a job that a host is barred from', () => {
  test('H23 fails once the last other host has gone away, and says what to configure', async () => {
    const { api } = await person()
    const { job_id, task } = await barOne(api)
    expect(await reapStaleJobs(server)).toEqual([])
    expect(await api.jobs.get({ job_id })).toMatchObject({ status: 'queued' })
    await db.moveClock('4 minutes')
    expect(await reapStaleJobs(server)).toEqual([job_id])
    expect(await api.jobs.get({ job_id })).toMatchObject({
      status: 'failed',
      error: `No live host can take this job. ${NO_ROOT}`,
    })
    expect((await readRow(db.pool, 'tasks', task.id)).status).toBe('FAILED')
    expect(await eventsOf(db.pool, { job: job_id })).toContain('claude_job_status failed')
    expect(await reapStaleJobs(server)).toEqual([])
  })

  test('H23 waits on for a host that is at work on something else, however long that takes', async () => {
    const { api } = await person()
    const { hold } = await holdJob(api)
    const { job_id } = await barFirst(api)
    await db.moveClock('4 minutes')
    await api.jobs.renew(hold)
    expect(await reapStaleJobs(server)).toEqual([])
    expect(await api.jobs.get({ job_id })).toMatchObject({ status: 'queued' })
    await finishJobDone(api, hold)
    expect(await reapStaleJobs(server)).toEqual([job_id])
  })

  test('H14 waits on while its run is paused', async () => {
    const { api } = await person()
    const { run } = await startRun(api)
    await makeWorker(api)
    const { hold } = await takeOffer(api, (await makeWorker(api)).workerId)
    await api.jobs.giveBack({ ...hold, blame: 'host', reason: NO_ROOT })
    await api.sprints.pauseRun({ sprint_run_id: run.id })
    await db.moveClock('4 minutes')
    expect(await reapStaleJobs(server)).toEqual([])
    await api.sprints.resumeRun({ sprint_run_id: run.id })
    expect(await reapStaleJobs(server)).toEqual([hold.job_id])
  })

  test('H4 is offered to every host again when a person retries it in the queue, which its history says', async () => {
    const { api } = await person()
    const { job_id, workerId } = await barOne(api)
    await db.pool.query(
      `update claude_jobs set setup_failures = 3, not_before = scrum4me_now() + interval '1 hour' where id = $1`,
      [job_id],
    )
    const wait = api.jobs.claim({ worker_id: workerId, wait_ms: 60_000 })
    await until(() => server.dispatcher.waiting === 1)
    expect(await api.jobs.retry({ job_id })).toMatchObject({ setup_failures: 0, not_before: null })
    expect((await wait).offer?.job_id).toBe(job_id)
    const history = await api.jobs.listEvents({ job_id })
    expect(history.at(-1)).toMatchObject({ kind: 'queued', words: 'Offered to every host again by a person.' })
  })

  test('is not retried a second time in the queue, where no host is barred from it any more', async () => {
    const { api } = await person()
    const { job_id } = await barOne(api)
    await api.jobs.retry({ job_id })
    expect((await failureOf(api.jobs.retry({ job_id }))).code).toBe('INVALID_TRANSITION')
  })
})
