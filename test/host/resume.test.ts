import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { AppError } from '../../src/errors.ts'
import type { Host } from '../../src/host/flows/host.ts'
import { resumeHeld } from '../../src/host/flows/resume-held.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { first } from '../support/backlog.ts'
import {
  afterAnswer,
  askForWork,
  loseAllLeases,
  makeAgent,
  makeHost,
  makeWorkplace,
  takeWork,
} from '../support/host.ts'
import { commitFile, headOf } from '../support/repositories.ts'
import { until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

const unreachable = () => {
  throw new AppError('SERVER_UNAVAILABLE', 'Nothing answers.')
}
const malformed = async () => {
  throw new AppError('CONFIG_INVALID', 'config.json:3: a comma is missing.')
}

describe('a resume that fails', () => {
  test.each<[string, string, (api: ApiClient, host: Host) => void]>([
    [
      'whose answer is lost',
      'SERVER_UNAVAILABLE',
      (api, host) => (host.api = afterAnswer(api, 'takeOver', unreachable)),
    ],
    ['while a person edits the configuration', 'CONFIG_INVALID', (_, host) => (host.readRoots = malformed)],
  ])(
    'H9 H16 %s keeps the worktree and says what to do, and the next one goes on with all of it',
    async (_, code, fail) => {
      const { host, worker, held, commit, api } = await startWork()
      await loseAllLeases({ db, server })
      const usual = { ...host }
      fail(api, host)
      await expect(resumeHeld(host, worker, held.hold)).rejects.toMatchObject({
        code,
        hint: expect.stringContaining('wait_for_job with resume again'),
      })
      expect(await headOf(held.order.worktree_path)).toBe(commit)
      expect(await api.jobs.get({ job_id: held.hold.job_id })).toMatchObject({ status: 'running', retry_count: 0 })
      Object.assign(host, usual)
      const resumed = await resumeHeld(host, worker, held.hold)
      expect(resumed.order).toMatchObject({ worktree_path: held.order.worktree_path, attempt: 1 })
      expect(await askForWork(host, worker)).toMatchObject({ job_id: held.hold.job_id })
      expect(await headOf(held.order.worktree_path)).toBe(commit)
    },
  )

  test('H28 is followed by renewals all the same: its agent is still connected', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const { host, worker, held, api } = await startWork()
    await loseAllLeases({ db, server })
    // The renewal that learns of the lapse is the last one of the old watch.
    vi.advanceTimersByTime(60_000)
    await until(() => vi.getTimerCount() === 0)
    host.readRoots = malformed
    await expect(resumeHeld(host, worker, held.hold)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    const renewed = new Promise<void>(resolve => {
      host.api = afterAnswer(api, 'renew', resolve)
    })
    await db.moveClock('4 minutes')
    vi.advanceTimersByTime(60_000)
    await renewed
    await db.moveClock('4 minutes')
    expect(await reapStaleJobs(server)).not.toContain(held.hold.job_id)
  })

  test('H16 because the claim is over for good saves the work and removes the worktree', async () => {
    const { host, worker, held, api } = await startWork()
    await loseAllLeases({ db, server })
    await api.jobs.cancel({ job_id: held.hold.job_id })
    await expect(resumeHeld(host, worker, held.hold)).rejects.toMatchObject({ code: 'JOB_CANCELLED' })
    expect(await isThere(held.order.worktree_path)).toBe(false)
    expect(worker.held).toBeNull()
  })
})

/** An agent that holds a job, with a commit that is nowhere else. */
async function startWork() {
  const { api } = await person()
  const { machine, jobIds } = await makeWorkplace(api)
  const host = await makeHost(api, machine)
  const worker = makeAgent(host)
  const held = await takeWork(host, worker)
  expect(held.hold.job_id).toBe(first(jobIds))
  return { api, machine, host, worker, held, commit: await commitFile(held.order.worktree_path, 'hello.js', 'half') }
}
