import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { finishWork } from '../../src/host/flows/finish-work.ts'
import type { Host } from '../../src/host/flows/host.ts'
import { verifyWork } from '../../src/host/flows/verify-work.ts'
import type { HeldWork, Worker } from '../../src/host/flows/worker.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { first } from '../support/backlog.ts'
import {
  askForWork,
  DONE,
  expectNothingPushed,
  loseAllLeases,
  makeAgent,
  makeHost,
  makeWorkplace,
  rescueRef,
  takeWork,
} from '../support/host.ts'
import { commitElsewhere, commitFile, filesOf, headOf, sh, writeFiles } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

describe('a push that origin refuses', () => {
  test('as a conflict goes back to the agent, who merges, verifies and delivers its own changes', async () => {
    const { api } = await person()
    const { host, worker, held, remote } = await startWork(api)
    const { worktree_path: path, branch_name: branch } = held.order
    await commitFile(path, 'hello.js', 'hello')
    await verifyWork(host, held)
    const theirs = await commitElsewhere(remote, branch, 'theirs.txt')
    await expect(finishWork(host, worker, held, DONE)).rejects.toMatchObject({
      code: 'DELIVERY_CONFLICT',
      hint: expect.stringContaining(`git merge origin/${branch}`),
    })
    expect(await api.jobs.get({ job_id: held.hold.job_id })).toMatchObject({
      status: 'running',
      base_sha: theirs,
      head_sha: null,
      verify_result: null,
    })
    await sh(path, 'fetch', '--quiet', 'origin')
    await sh(path, 'merge', '--quiet', '--allow-unrelated-histories', '--no-edit', `origin/${branch}`)
    expect(await verifyWork(host, held)).toMatchObject({ changed_paths: ['hello.js'], base_sha: theirs })
    const job = await finishWork(host, worker, held, DONE)
    expect(job).toMatchObject({ status: 'done', pushed_at: expect.any(String) })
    expect(await headOf(remote, branch)).toBe(job.head_sha)
    expect(await filesOf(remote, branch)).toEqual(expect.arrayContaining(['hello.js', 'theirs.txt']))
  })

  test('because the branch is protected fails the job with the reason, and keeps the commits', async () => {
    const { api } = await person()
    const { host, worker, held, remote } = await startWork(api)
    await makeHook(remote, 'echo "protected branch: ask the owner" >&2; exit 1')
    const head = await commitFile(held.order.worktree_path, 'hello.js', 'hello')
    await verifyWork(host, held)
    await expect(finishWork(host, worker, held, DONE)).rejects.toMatchObject({
      code: 'PUSH_FAILED',
      message: expect.stringMatching(/\(protected\).*ask the owner/),
    })
    const job = await api.jobs.get({ job_id: held.hold.job_id })
    expect(job).toMatchObject({ status: 'failed', error: expect.stringContaining('ask the owner') })
    expect(await headOf(held.root, rescueRef(held))).toBe(head)
    expect(await isThere(held.order.worktree_path)).toBe(false)
    expect(worker.held).toBeNull()
    await expectNothingPushed(remote)
  })

  test('H38 with more words than an error holds fails the job all the same', async () => {
    const { api } = await person()
    const { host, worker, held, remote } = await startWork(api)
    await makeHook(remote, 'head -c 50000 /dev/zero | tr "\\0" x >&2; exit 1')
    await expect(workAndFinish(host, worker, held)).rejects.toMatchObject({ code: 'PUSH_FAILED' })
    expect(await api.jobs.get({ job_id: held.hold.job_id })).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('Pushing'),
    })
    expect(worker.held).toBeNull()
  })
})

describe('work that is not delivered', () => {
  test.each([
    ['failed', { status: 'failed', error: 'It cannot be done.' }],
    ['skipped', { status: 'skipped', error: 'Somebody has done it already.' }],
  ] as const)(
    '%s is kept on a rescue ref, also what is not committed, and the worktree goes',
    async (status, report) => {
      const { api } = await person()
      const { host, worker, held, remote } = await startWork(api)
      const commit = await commitFile(held.order.worktree_path, 'hello.js', 'half')
      await writeFiles(held.order.worktree_path, { 'notes.txt': 'not committed' })
      const job = await finishWork(host, worker, held, report)
      expect(job).toMatchObject({ status, error: report.error })
      expect(await headOf(held.root, `${rescueRef(held)}^`)).toBe(commit)
      expect(await filesOf(held.root, rescueRef(held))).toContain('notes.txt')
      expect(await isThere(held.order.worktree_path)).toBe(false)
      expect(await attemptsOf(held)).toMatchObject([
        { rescue_ref: rescueRef(held), cleaned_at: expect.any(Date), outcome: status.toUpperCase() },
      ])
      await expectNothingPushed(remote)
      expect(worker.held).toBeNull()
    },
  )

  test.each([
    ['failed without an error', { status: 'failed' }],
    ['skipped without a reason of ten characters', { status: 'skipped', error: 'no' }],
  ] as const)('%s is refused and the job goes on', async (_, report) => {
    const { api } = await person()
    const { host, worker, held } = await startWork(api)
    await expect(finishWork(host, worker, held, report)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    expect(worker.held).toBe(held)
    expect(await isThere(held.order.worktree_path)).toBe(true)
  })

  test('H22 H32 of a lost lease is refused, kept on a rescue ref, and the worker is free for the next job', async () => {
    const { api } = await person()
    const { host, worker, held, remote, jobIds } = await startWork(api, { stories: 2 })
    const head = await commitFile(held.order.worktree_path, 'hello.js', 'hello')
    await verifyWork(host, held)
    await db.moveClock('6 minutes')
    expect(await reapStaleJobs(server)).toContain(held.hold.job_id)
    await expect(finishWork(host, worker, held, DONE)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await expectNothingPushed(remote)
    expect(await headOf(held.root, rescueRef(held))).toBe(head)
    expect(await isThere(held.order.worktree_path)).toBe(false)
    const again = await askForWork(host, worker)
    expect(again).toMatchObject({
      job_id: first(jobIds),
      attempt: 2,
      previous_attempts: [{ rescue_ref: rescueRef(held) }],
    })
  })

  test('H16 of a lost lease on the same host leaves the next attempt and its branch alone', async () => {
    const { api } = await person()
    const { host, worker, held } = await startWork(api)
    await commitFile(held.order.worktree_path, 'hello.js', 'the first')
    await loseAllLeases({ db, server })
    const next = makeAgent(host)
    const taken = await takeWork(host, next)
    expect(taken.hold.job_id).toBe(held.hold.job_id)
    const head = await commitFile(taken.order.worktree_path, 'hello.js', 'the second')
    await expect(verifyWork(host, held)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await expect(finishWork(host, worker, held, DONE)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    expect(await isThere(held.order.worktree_path)).toBe(false)
    await verifyWork(host, taken)
    expect((await finishWork(host, next, taken, DONE)).head_sha).toBe(head)
  })
})

/** A host of its own with an agent that holds the first job of a new backlog. */
async function startWork(api: ApiClient, wish: { stories?: number } = {}) {
  const workplace = await makeWorkplace(api, wish)
  const host = await makeHost(api, workplace.machine)
  const worker = makeAgent(host)
  return { ...workplace, host, worker, held: await takeWork(host, worker) }
}

async function workAndFinish(host: Host, worker: Worker, held: HeldWork) {
  await commitFile(held.order.worktree_path, 'hello.js', 'hello')
  await verifyWork(host, held)
  return finishWork(host, worker, held, DONE)
}

async function attemptsOf({ hold }: HeldWork): Promise<unknown[]> {
  return (await db.pool.query('select * from job_attempts where job_id = $1', [hold.job_id])).rows
}

/** A hook of the remote that looks at every push first. */
async function makeHook(remote: string, script: string): Promise<void> {
  const hook = join(remote, 'hooks', 'pre-receive')
  await writeFiles(remote, { 'hooks/pre-receive': `#!/bin/sh\n${script}\n` })
  await chmod(hook, 0o755)
}
