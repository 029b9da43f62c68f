import { describe, expect, test } from 'vitest'
import { releaseWork } from '../../src/host/flows/release-work.ts'
import { first } from '../support/backlog.ts'
import { makeSprint } from '../support/held-jobs.ts'
import { askForWork, makeAgent, makeHost, makeWorkplace, takeWork } from '../support/host.ts'
import { openTestServer } from '../support/server.ts'

const { db, person } = await openTestServer()
const REASON = 'I was told to stop here.'

describe('a job that its agent hands back', () => {
  test('H50 because its run is paused is claimable at once when a person resumes that, however often', async () => {
    const { api } = await person()
    const place = await makeWorkplace(api, { queued: false, tasks: 2 })
    const sprint = await makeSprint(api, place)
    const run = await api.sprints.startRun({ sprint_id: sprint.id, execution: 'BATCH' })
    const host = await makeHost(api, place.machine)
    const worker = makeAgent(host)
    for (let time = 1; time <= 2; time++) {
      const held = await takeWork(host, worker)
      expect(held.order.attempt).toBe(time)
      await api.sprints.pauseRun({ sprint_run_id: run.id, reason: 'Lunch.' })
      await releaseWork(host, worker, held, REASON)
      expect(await api.jobs.get({ job_id: held.hold.job_id })).toMatchObject({
        status: 'queued',
        setup_failures: 0,
        retry_count: 0,
        not_before: null,
      })
      expect(await askForWork(host, worker)).toBeNull()
      await api.sprints.resumeRun({ sprint_run_id: run.id })
    }
    expect(await askForWork(host, worker)).toMatchObject({ attempt: 3 })
  })

  test('H23 because it cannot do it does not come back to it at once, and waits longer each time', async () => {
    const { api } = await person()
    const { machine, jobIds } = await makeWorkplace(api)
    const host = await makeHost(api, machine)
    const worker = makeAgent(host)
    await releaseWork(host, worker, await takeWork(host, worker), REASON)
    expect(await askForWork(host, worker)).toBeNull()
    await db.moveClock('31 seconds')
    await releaseWork(host, worker, await takeWork(host, worker), REASON)
    await db.moveClock('31 seconds')
    expect(await askForWork(host, worker)).toBeNull()
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject({ setup_failures: 2, retry_count: 0 })
  })
})
