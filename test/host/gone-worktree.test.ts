import { rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { finishWork } from '../../src/host/flows/finish-work.ts'
import type { Host } from '../../src/host/flows/host.ts'
import { sweepWorktrees } from '../../src/host/flows/sweep-worktrees.ts'
import { verifyWork } from '../../src/host/flows/verify-work.ts'
import type { HeldWork, Worker } from '../../src/host/flows/worker.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { first } from '../support/backlog.ts'
import { makeSprint } from '../support/held-jobs.ts'
import { DONE, loseAllLeases, makeAgent, makeHost, makeWorkplace, rescueRef, takeWork } from '../support/host.ts'
import { callTool, connectAgent, failTool } from '../support/mcp-client.ts'
import { commitFile, refsBelow } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'
import { SprintJob } from '../support/sprint-work.ts'

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
    const next = await takeWork(host, worker)
    expect(next.order).toMatchObject({ job_id, attempt: 2 })
    expect(await refsBelow(held.root, 'refs/scrum4me/rescue')).toEqual({ [rescueRef(held)]: commit })
  },
)

test.each([
  ['verify_sprint_task', { summary: 'Said hello.' }],
  ['update_task_execution', { status: 'done' }],
  ['update_task_execution', { status: 'skipped', skip_reason: 'It is so already.' }],
])('H40 whose sprint has no worktree any more is told so by %s %j, and gets it again', async (tool, wish) => {
  const { api } = await person()
  const place = await makeWorkplace(api, { queued: false })
  const sprint = await makeSprint(api, place)
  await api.sprints.startRun({ sprint_id: sprint.id, execution: 'BATCH' })
  const { client } = await connectAgent(await makeHost(api, place.machine), '2025-11-25')
  const job = SprintJob.parse(await callTool(client, 'wait_for_job'))
  const { execution_id } = first(job.task_executions)
  await callTool(client, 'update_task_execution', { execution_id, status: 'running' })
  await rm(job.worktree_path, { recursive: true })
  expect(await failTool(client, tool, { execution_id, ...wish })).toMatch(
    /^GIT_FAILED: .*is gone\. .*back into the queue.*\n.*wait_for_job/,
  )
  await db.moveClock('1 minute')
  expect(await callTool(client, 'wait_for_job')).toMatchObject({ job_id: job.job_id, attempt: 2 })
})

async function beginWork() {
  const { api } = await person()
  const { machine } = await makeWorkplace(api)
  const host = await makeHost(api, machine)
  const worker = makeAgent(host)
  const held = await takeWork(host, worker)
  return { api, host, worker, held, commit: await commitFile(held.order.worktree_path, 'hello.js', 'half') }
}
