import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { finishWork, repeatReport } from '../../src/host/flows/finish-work.ts'
import type { Host } from '../../src/host/flows/host.ts'
import { verifyWork } from '../../src/host/flows/verify-work.ts'
import type { HeldWork, Worker } from '../../src/host/flows/worker.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { first } from '../support/backlog.ts'
import {
  afterAnswer,
  DONE,
  expectNothingPushed,
  loseAllLeases,
  makeAgent,
  makeHost,
  makeWorkplace,
  rescueRef,
  takeWork,
} from '../support/host.ts'
import { commitFile, headOf, refsBelow, sh, writeFiles } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

afterEach(() => {
  vi.useRealTimers()
})

describe('done', () => {
  test('H57 the pushed commit is exactly the verified one, and the job says so', async () => {
    const { api } = await person()
    const { host, worker, held, remote } = await startWork(api)
    const head = await commitFile(held.order.worktree_path, 'hello.js', 'hello')
    await verifyWork(host, held)
    const job = await finishWork(host, worker, held, { ...DONE, usage: { input_tokens: 7, cost_usd: 0.25 } })
    expect(job).toMatchObject({
      status: 'done',
      head_sha: head,
      pushed_at: expect.any(String),
      verify_result: 'aligned',
      summary: DONE.summary,
      error: null,
    })
    expect(await headOf(remote, held.order.branch_name)).toBe(head)
    expect(worker.held).toBeNull()
    expect(await isThere(held.order.worktree_path)).toBe(false)
    expect(await refsBelow(held.root, 'refs/scrum4me/rescue')).toEqual({})
  })

  test('H57 a commit after the verification is not pushed: verify again', async () => {
    const { api } = await person()
    const { host, worker, held, remote } = await startWork(api)
    await commitFile(held.order.worktree_path, 'hello.js', 'hello')
    await verifyWork(host, held)
    const late = await commitFile(held.order.worktree_path, 'hello.js', 'hello again')
    await expect(finishWork(host, worker, held, DONE)).rejects.toMatchObject({
      code: 'VERIFY_REQUIRED',
      hint: expect.stringContaining('verify_task_against_plan'),
    })
    await expectNothingPushed(remote)
    expect(worker.held).toBe(held)
    await verifyWork(host, held)
    expect((await finishWork(host, worker, held, DONE)).head_sha).toBe(late)
  })

  test('H57 files that are not committed refuse it by name, ignored ones do not', async () => {
    const { api } = await person()
    const { host, worker, held, remote } = await startWork(api)
    const path = held.order.worktree_path
    await commitFile(path, 'hello.js', 'hello')
    expect(await verifyWork(host, held)).toMatchObject({ uncommitted: [] })
    await writeFiles(path, { 'left over.txt': 'x', 'hello.js': 'changed' })
    await expect(finishWork(host, worker, held, DONE)).rejects.toMatchObject({
      code: 'UNCOMMITTED_CHANGES',
      message: expect.stringMatching(/hello\.js.*left over\.txt/),
    })
    await expectNothingPushed(remote)
    await sh(path, 'checkout', '--quiet', '--', 'hello.js')
    await writeFiles(join(held.root, '.git', 'info'), { exclude: 'left over.txt\n' })
    expect((await finishWork(host, worker, held, DONE)).status).toBe('done')
  })

  test.each([
    ['another branch', ['switch', '--quiet', '--create', 'my-own-idea']],
    ['no branch', ['checkout', '--quiet', '--detach']],
  ])('H35 H57 a worktree that is on %s is refused, also by verify, with what to do', async (_, how) => {
    const { api } = await person()
    const { host, worker, held, remote } = await startWork(api)
    await commitFile(held.order.worktree_path, 'hello.js', 'hello')
    await verifyWork(host, held)
    await sh(held.order.worktree_path, ...how)
    const refused = { code: 'INVALID_TRANSITION', hint: expect.stringContaining(held.order.branch_name) }
    await expect(finishWork(host, worker, held, DONE)).rejects.toMatchObject(refused)
    await expect(verifyWork(host, held)).rejects.toMatchObject(refused)
    await expectNothingPushed(remote)
    expect(worker.held).toBe(held)
  })

  test('a task that only verifies is done without a push', async () => {
    const { api } = await person()
    const { host, worker, held, remote } = await startWork(api, { verifyOnly: true })
    expect(await verifyWork(host, held)).toMatchObject({ result: 'empty' })
    const job = await finishWork(host, worker, held, { status: 'done', summary: 'It is as it should be.' })
    expect(job).toMatchObject({ status: 'done', pushed_at: null, head_sha: held.order.base_sha })
    await expectNothingPushed(remote)
  })

  test('a task that changes nothing though it should is refused, and says what to do', async () => {
    const { api } = await person()
    const { host, worker, held } = await startWork(api)
    await verifyWork(host, held)
    await expect(finishWork(host, worker, held, DONE)).rejects.toMatchObject({ code: 'VERIFY_REFUSED' })
    expect(worker.held).toBe(held)
  })

  test('H58 a report that comes again after the end is answered with what is stored', async () => {
    const { api } = await person()
    const { host, worker, held } = await startWork(api)
    const job = await workAndFinish(host, worker, held)
    if (!worker.ended) throw new Error('nothing has ended')
    expect(await repeatReport(host, worker.ended, DONE)).toEqual(job)
    await expect(
      repeatReport(host, worker.ended, { status: 'failed', error: 'changed my mind' }),
    ).rejects.toMatchObject({
      code: 'LEASE_LOST',
    })
    expect((await api.jobs.get({ job_id: job.job_id })).status).toBe('done')
  })

  test('H58 a report that is repeated because the settling got lost pushes nothing a second time', async () => {
    const { api } = await person()
    const once = { lost: false }
    const lossy = afterAnswer(api, 'deliver', () => {
      if (once.lost) return
      once.lost = true
      throw new Error('the connection broke')
    })
    const { host, worker, held, remote } = await startWork(lossy)
    await expect(workAndFinish(host, worker, held)).rejects.toMatchObject({ code: 'INTERNAL_ERROR' })
    expect(worker.held).toBe(held)
    const job = await finishWork(host, worker, held, DONE)
    expect(job).toMatchObject({ status: 'done', pushed_at: expect.any(String) })
    expect(await headOf(remote, held.order.branch_name)).toBe(job.head_sha)
  })
})

describe('the end of a job', () => {
  test('H26 H41 lets another process set up the next job of the lane while its own worktree goes', async () => {
    const { api } = await person()
    const { machine, jobIds } = await makeWorkplace(api, { tasks: 3 })
    const taken: Promise<HeldWork>[] = []
    const busy = afterAnswer(api, 'settle', () => {
      taken.push(takeWork(other, makeAgent(other)))
    })
    const host = await makeHost(busy, machine)
    const other = await makeHost(busy, machine)
    const worker = makeAgent(host)
    const job = await workAndFinish(host, worker, await takeWork(host, worker))
    const next = await first(taken)
    expect(next.order).toMatchObject({ job_id: jobIds[1], base_sha: job.head_sha, previous_attempts: [] })
    expect(await sh(next.order.worktree_path, 'symbolic-ref', '--short', 'HEAD')).toBe(job.branch)
    expect(await headOf(next.order.worktree_path)).toBe(job.head_sha)
    expect(await refsBelow(next.root, 'refs/scrum4me/rescue')).toEqual({})
  })
})

describe('a delivery that slept', () => {
  test('H61 past its extension asks again, and pushes nothing once the reaper has given the job to others', async () => {
    const { api } = await person()
    let asked = 0
    const sleepy = afterAnswer(api, 'deliver', async () => {
      asked += 1
      vi.setSystemTime(Date.now() + 6 * 60_000)
      await loseAllLeases({ db, server })
    })
    const { host, worker, held, remote } = await startWork(sleepy)
    const head = await commitFile(held.order.worktree_path, 'hello.js', 'hello')
    await verifyWork(host, held)
    vi.useFakeTimers({ toFake: ['Date'] })
    await expect(finishWork(host, worker, held, DONE)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    expect(asked).toBe(1)
    await expectNothingPushed(remote)
    expect(worker.held).toBeNull()
    expect(await headOf(held.root, rescueRef(held))).toBe(head)
    expect(await api.jobs.get({ job_id: held.hold.job_id })).toMatchObject({ status: 'queued', retry_count: 1 })
  })

  test('H61 past its extension pushes with a new one when its job is still its own', async () => {
    const { api } = await person()
    let asked = 0
    const sleepy = afterAnswer(api, 'deliver', () => {
      asked += 1
      if (asked === 1) vi.setSystemTime(Date.now() + 6 * 60_000)
    })
    const { host, worker, held, remote } = await startWork(sleepy)
    vi.useFakeTimers({ toFake: ['Date'] })
    const job = await workAndFinish(host, worker, held)
    expect(asked).toBe(2)
    expect(job.status).toBe('done')
    expect(await headOf(remote, held.order.branch_name)).toBe(job.head_sha)
  })
})

/** A host of its own with an agent that holds the first job of a new backlog. */
async function startWork(
  api: ApiClient,
  { verifyOnly = false, ...wish }: { verifyOnly?: boolean; stories?: number } = {},
) {
  const workplace = await makeWorkplace(api, wish)
  const host = await makeHost(api, workplace.machine)
  const worker = makeAgent(host)
  if (verifyOnly) await db.pool.query('update tasks set verify_only = true where id = $1', [workplace.firstTask.id])
  return { ...workplace, host, worker, held: await takeWork(host, worker) }
}

async function workAndFinish(host: Host, worker: Worker, held: HeldWork) {
  await commitFile(held.order.worktree_path, 'hello.js', 'hello')
  await verifyWork(host, held)
  return finishWork(host, worker, held, DONE)
}
