import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { first, makeBacklog } from '../support/backlog.ts'
import {
  afterAnswer,
  askForWork,
  expectNothingLeft,
  loseAllLeases,
  makeAgent,
  makeHost,
  makeWorkplace,
  namedRoot,
  takeWork,
  worktreesOf,
} from '../support/host.ts'
import {
  commitElsewhere,
  commitFile,
  filesOf,
  headOf,
  makeClone,
  makeMachine,
  makeRemote,
  refsBelow,
  sh,
  writeFiles,
} from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

describe('a wait', () => {
  test('H9 H10 a worker that asks again while it holds a job gets the same one, with a renewed lease', async () => {
    const { api } = await person()
    const { machine, jobIds } = await makeWorkplace(api, { stories: 2 })
    const host = await makeHost(api, machine)
    const worker = makeAgent(host)
    const { order } = await takeWork(host, worker)
    await db.moveClock('1 minute')
    const again = await askForWork(host, worker)
    const { lease_until, ...same } = order
    expect(again).toMatchObject(same)
    expect(Date.parse(again?.lease_until ?? '') - Date.parse(lease_until)).toBeGreaterThanOrEqual(60_000)
    expect(await api.jobs.get({ job_id: jobIds[1] ?? '' })).toMatchObject({ status: 'queued' })
  })

  test('H9 a worker whose lease is lost gets the next job, and its work is kept', async () => {
    const { api } = await person()
    const { machine, jobIds } = await makeWorkplace(api, { stories: 2 })
    const host = await makeHost(api, machine)
    const worker = makeAgent(host)
    const { order, root } = await takeWork(host, worker)
    const commit = await commitFile(order.worktree_path, 'hello.js', 'half')
    await loseAllLeases({ db, server })
    await makeAgentTake(api, first(jobIds))
    const next = await askForWork(host, worker)
    expect(next?.job_id).toBe(jobIds[1])
    expect(await refsBelow(root, 'refs/scrum4me/rescue')).toEqual({
      [`refs/scrum4me/rescue/${order.job_id}/1`]: commit,
    })
    expect(await isThere(order.worktree_path)).toBe(false)
  })

  test('H35 the stored branch is the branch that the worktree is on', async () => {
    const { api } = await person()
    const { machine, remote, jobIds } = await makeWorkplace(api)
    const host = await makeHost(api, machine)
    const { order } = await takeWork(host, makeAgent(host))
    const job = await api.jobs.get({ job_id: first(jobIds) })
    expect(await sh(order.worktree_path, 'symbolic-ref', '--short', 'HEAD')).toBe(job.branch)
    expect(order).toMatchObject({ branch_name: job.branch, branch_suggestion: job.branch, reused_branch: false })
    expect(order.base_sha).toBe(await headOf(remote, 'main'))
    expect(job.base_sha).toBe(order.base_sha)
    expect(order.prompt_text).toContain(order.worktree_path)
  })
})

describe('an agent that goes away during set-up', () => {
  test('H8 in the midst of a checkout: the job is claimable at once, uncharged, and nothing is left on disk', async () => {
    const { api } = await person()
    const { machine, remote, product, jobIds } = await makeWorkplace(api)
    const root = await makeClone(machine, remote)
    const started = join(machine.dir, 'checkout-has-begun')
    await sh(root, 'config', 'filter.stuck.smudge', `touch '${started}'; exec sleep 300`)
    await writeFiles(root, { '.git/info/attributes': '* filter=stuck\n' })
    const host = await makeHost(api, machine, { roots: namedRoot(machine, product.id, root) })
    const worker = makeAgent(host)
    const gone = new AbortController()
    const asked = askForWork(host, worker, gone.signal)
    await vi.waitUntil(() => isThere(started), { timeout: 10_000, interval: 20 })
    gone.abort()
    await expect(asked).rejects.toMatchObject({ code: 'ABORTED' })
    await expectUncharged(api, first(jobIds))
    expect(await worktreesOf(machine)).toEqual([])
    expect(await refsBelow(root, 'refs/heads/feat')).toEqual({})
    expect(worker.held).toBeNull()
  })

  test('H8 just when the server has attached it: the job is claimable at once, uncharged, nothing is left on disk', async () => {
    const { api } = await person()
    const { machine, remote, jobIds, firstTask } = await makeWorkplace(api)
    const gone = new AbortController()
    const host = await makeHost(
      afterAnswer(api, 'attach', () => gone.abort()),
      machine,
    )
    const worker = makeAgent(host)
    await expect(askForWork(host, worker, gone.signal)).rejects.toMatchObject({ code: 'ABORTED' })
    await expectUncharged(api, first(jobIds))
    await expectNothingLeft(machine, remote)
    const { rows } = await db.pool.query('select status from tasks where id = $1', [firstTask.id])
    expect(rows).toEqual([{ status: 'TO_DO' }])
    expect((await takeWork(await makeHost(api, machine), makeAgent(host))).order.attempt).toBe(2)
  })

  test('H8 before its claim was answered: the job is claimable at once', async () => {
    const { api } = await person()
    const { machine, jobIds } = await makeWorkplace(api)
    const gone = new AbortController()
    const host = await makeHost(
      afterAnswer(api, 'claim', () => gone.abort()),
      machine,
    )
    await expect(askForWork(host, makeAgent(host), gone.signal)).rejects.toMatchObject({ code: 'ABORTED' })
    await expectUncharged(api, first(jobIds))
    expect(await worktreesOf(machine)).toEqual([])
  })
})

describe('a task with a repository of its own', () => {
  test("H42 is worked on in that repository and never in the product's", async () => {
    const { api } = await person()
    const { machine, remote, product, stories } = await makeWorkplace(api, { queued: false })
    const theirs = await makeRemote(machine, 'library.git')
    await commitElsewhere(theirs, 'main', 'library.txt')
    await dispatchTask(api, first(stories).id, pathToFileURL(theirs).href)
    const root = await makeClone(machine, remote)
    const host = await makeHost(api, machine, { roots: namedRoot(machine, product.id, root) })
    const { order } = await takeWork(host, makeAgent(host))
    expect(order.repo_url).toBe(pathToFileURL(theirs).href)
    expect(await sh(order.worktree_path, 'remote', 'get-url', 'origin')).toBe(pathToFileURL(theirs).href)
    expect(await filesOf(order.worktree_path, 'HEAD')).toContain('library.txt')
    expect(await refsBelow(root, 'refs/heads/feat')).toEqual({})
  })

  test("H42 that cannot be found is an error, and the product's repository stays untouched", async () => {
    const { api } = await person()
    const { machine, remote, product, stories } = await makeWorkplace(api, { queued: false })
    const jobId = await dispatchTask(api, first(stories).id, pathToFileURL(join(machine.dir, 'gone.git')).href)
    const root = await makeClone(machine, remote)
    const host = await makeHost(api, machine, { roots: namedRoot(machine, product.id, root) })
    await expect(askForWork(host, makeAgent(host))).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
      message: expect.stringContaining('gone.git'),
    })
    expect((await api.jobs.get({ job_id: jobId })).status).toBe('failed')
    expect(await refsBelow(root, 'refs/heads/feat')).toEqual({})
    expect(await worktreesOf(machine)).toEqual([])
  })

  test('H42 a product without a repository URL needs a named root, and says which names would do', async () => {
    const { api } = await person()
    const machine = await makeMachine()
    const { product, firstTask } = await makeBacklog(api)
    await api.jobs.dispatch({ task_id: firstTask.id })
    const host = await makeHost(api, machine)
    await expect(askForWork(host, makeAgent(host))).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
      hint: expect.stringContaining(`SCRUM4ME_REPO_ROOT_${product.id}`),
    })
  })
})

/** Another agent, on a machine of its own, takes a job. */
async function makeAgentTake(api: ApiClient, jobId: string): Promise<void> {
  const host = await makeHost(api, await makeMachine())
  const { order } = await takeWork(host, makeAgent(host))
  expect(order.job_id).toBe(jobId)
}

async function dispatchTask(api: ApiClient, storyId: string, repoUrl: string): Promise<string> {
  const plan = 'Change `hello.js`.'
  const wish = { story_id: storyId, title: 'Elsewhere', implementation_plan: plan, repo_url: repoUrl }
  return (await api.jobs.dispatch({ task_id: (await api.backlog.createTask(wish)).id })).job_id
}

async function expectUncharged(api: ApiClient, jobId: string): Promise<void> {
  expect(await api.jobs.get({ job_id: jobId })).toMatchObject({
    status: 'queued',
    retry_count: 0,
    setup_failures: 0,
    not_before: null,
    worker_id: null,
  })
  expect((await api.jobs.checkQueue({})).empty).toBe(false)
}
