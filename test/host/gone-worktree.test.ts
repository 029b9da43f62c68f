import { rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { finishWork } from '../../src/host/flows/finish-work.ts'
import type { Host } from '../../src/host/flows/host.ts'
import { sweepWorktrees } from '../../src/host/flows/sweep-worktrees.ts'
import { verifyWork } from '../../src/host/flows/verify-work.ts'
import type { HeldWork, Worker } from '../../src/host/flows/worker.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { DONE, loseAllLeases, makeAgent, makeHost, makeWorkplace, rescueRef, takeWork } from '../support/host.ts'
import { commitFile, refsBelow } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { db, server, person } = await openTestServer()

const CALLS: [name: string, call: (host: Host, worker: Worker, held: HeldWork) => Promise<unknown>][] = [
  ['verifies', (host, _, held) => verifyWork(host, held)],
  ['reports done', (host, worker, held) => finishWork(host, worker, held, DONE)],
]

test.each(CALLS)(
  'H16 H40 who slept until its claim and its worktree were gone, and %s, hears of the claim',
  async (_, call) => {
    const { host, worker, held } = await beginWork()
    held.letGo()
    await loseAllLeases({ db, server })
    await sweepWorktrees(host)
    expect(await isThere(held.order.worktree_path)).toBe(false)
    await expect(call(host, worker, held)).rejects.toMatchObject({ code: 'LEASE_LOST' })
  },
)

test.each(CALLS)(
  'H40 whose worktree somebody deletes, and who %s, is told so: the job goes back, uncharged',
  async (_, call) => {
    const { api, host, worker, held, commit } = await beginWork()
    await rm(held.order.worktree_path, { recursive: true })
    await expect(call(host, worker, held)).rejects.toMatchObject({
      code: 'GIT_FAILED',
      message: expect.stringMatching(/is gone\. .*back into the queue/),
    })
    const { job_id } = held.order
    expect(await api.jobs.get({ job_id })).toMatchObject({ status: 'queued', retry_count: 0 })
    await db.moveClock('1 minute')
    const next = await takeWork(host, makeAgent(host))
    expect(next.order).toMatchObject({ job_id, attempt: 2 })
    expect(await refsBelow(held.root, 'refs/scrum4me/rescue')).toEqual({ [rescueRef(held)]: commit })
  },
)

async function beginWork() {
  const { api } = await person()
  const { machine } = await makeWorkplace(api)
  const host = await makeHost(api, machine)
  const worker = makeAgent(host)
  const held = await takeWork(host, worker)
  return { api, host, worker, held, commit: await commitFile(held.order.worktree_path, 'hello.js', 'half') }
}
