import { describe, expect, test } from 'vitest'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { makeWorker } from '../support/backlog.ts'
import { holdJob, holdOffer, startRun, takeOffer } from '../support/held-jobs.ts'
import { readRow, secondsUntil } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

describe('a lapsed offer', () => {
  test('H23 H24 costs no attempt but a pause that doubles, and the tenth fails the job', async () => {
    const { api } = await person()
    const { hold, offer } = await holdOffer(api)
    await api.jobs.renew(hold)
    for (let failures = 1; failures < 10; failures++) {
      await lapse('61 seconds')
      const job = await readRow(db.pool, 'claude_jobs', hold.job_id)
      expect(job).toMatchObject({ status: 'QUEUED', retry_count: 0, setup_failures: failures, attached_at: null })
      const pause = await secondsUntil(db.pool, 'claude_jobs', hold.job_id, 'not_before')
      expect(Math.round(pause / 30)).toBe(2 ** (failures - 1))
      const { workerId } = await makeWorker(api)
      expect((await api.jobs.claim({ worker_id: workerId, wait_ms: 0 })).offer).toBeNull()
      await db.moveClock(`${pause + 1} seconds`)
      const next = await takeOffer(api, workerId)
      expect(next.offer).toMatchObject({ job_id: hold.job_id, branch: offer.branch })
      await api.jobs.renew(next.hold)
    }
    await lapse('61 seconds')
    expect(await api.jobs.get({ job_id: hold.job_id })).toMatchObject({
      status: 'failed',
      retry_count: 0,
      setup_failures: 10,
      error: expect.stringContaining('10 tries'),
    })
  })

  test('H8 that its host has never renewed costs nothing and no time; one that follows it costs a set-up', async () => {
    const { api } = await person()
    const { hold } = await holdOffer(api)
    const { workerId } = await makeWorker(api)
    const wait = api.jobs.claim({ worker_id: workerId, wait_ms: 60_000 })
    await lapse('61 seconds')
    expect((await wait).offer).toMatchObject({ job_id: hold.job_id, attempt: 2 })
    expect(await readRow(db.pool, 'claude_jobs', hold.job_id)).toMatchObject({ retry_count: 0, setup_failures: 0 })
    await lapse('61 seconds')
    expect(await readRow(db.pool, 'claude_jobs', hold.job_id)).toMatchObject({ retry_count: 0, setup_failures: 1 })
    expect((await api.jobs.listEvents({ job_id: hold.job_id })).map(event => event.words)).toContain(
      'The offer ended without a sign of its host.',
    )
  })

  test('H8 H23 for a job that ends each of its hosts at once is free one time, and the job fails in the end', async () => {
    const { api } = await person()
    const { hold } = await holdOffer(api)
    let claims = 1
    for (await lapse('61 seconds'); (await statusOf(hold.job_id)) === 'QUEUED'; await lapse('61 seconds')) {
      await db.moveClock('5 hours')
      await takeOffer(api, (await makeWorker(api)).workerId)
      claims++
    }
    expect(claims).toBe(11)
    expect(await api.jobs.get({ job_id: hold.job_id })).toMatchObject({ status: 'failed', setup_failures: 10 })
  })

  test('H23 lets younger jobs of other lanes go ahead meanwhile, and holds up its own lane', async () => {
    const { api } = await person()
    const { run, tasks } = await startRun(api, { tasks: 2 })
    await api.jobs.renew((await takeOffer(api, (await makeWorker(api)).workerId)).hold)
    await lapse('61 seconds')
    const { workerId } = await makeWorker(api)
    expect((await api.jobs.claim({ worker_id: workerId, wait_ms: 0 })).offer).toBeNull()
    const { hold, context } = await holdJob(api)
    expect(run.jobs.map(job => job.job_id)).not.toContain(hold.job_id)
    expect(tasks.map(task => task.id)).not.toContain(context.task.id)
  })
})

async function statusOf(jobId: string): Promise<unknown> {
  return (await readRow(db.pool, 'claude_jobs', jobId)).status
}

/** Lets leases end by the clock, and the reaper see it. */
async function lapse(interval: string): Promise<void> {
  await db.moveClock(interval)
  await reapStaleJobs(server)
}
