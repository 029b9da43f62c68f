import { join } from 'node:path'
import type { Client } from '@modelcontextprotocol/client'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { TOOLS } from '../../src/host/mcp/tools/index.ts'
import { reapStaleJobs } from '../../src/server/flows/reap-stale-jobs.ts'
import { first, makeBacklog } from '../support/backlog.ts'
import { afterAnswer, expectNothingLeft, makeHost, makeWorkplace, namedRoot, worktreesOf } from '../support/host.ts'
import { callTool, ERAS, failTool } from '../support/mcp-client.ts'
import { connectOverHttp, openOverHttp, serveMcp } from '../support/mcp-http.ts'
import { commitFile, headOf, makeClone, refsBelow, sh, writeFiles } from '../support/repositories.ts'
import { secondsUntil, until } from '../support/rows.ts'
import { openTestServer, type Person } from '../support/server.ts'

const testServer = await openTestServer()
const { server, db, person } = testServer
/** A claim goes back before its worktree is removed. */
const CLEANED_UP = { timeout: 20_000, interval: 50 }
const QUEUED = { status: 'queued', retry_count: 0, setup_failures: 0, not_before: null, worker_id: null }

afterEach(() => {
  vi.useRealTimers()
})

describe.each(ERAS)('over HTTP, an agent of %s', era => {
  test('H57 does a job by its claim token, and a repeated report gets what is stored', async () => {
    const { remote, client } = await openOverHttp(testServer, era)
    expect((await client.listTools()).tools.map(tool => tool.name)).toEqual(TOOLS.map(tool => tool.name))
    const order = await callTool(client, 'wait_for_job', { wait_seconds: 1 })
    expect(order.prompt_text).toMatch(/claim_token with every call.*1800 seconds.*silent_seconds/s)
    const hold = holdOf(order)
    await callTool(client, 'update_job_status', { ...hold, status: 'running' })
    const head = await commitFile(String(order.worktree_path), 'hello.js', 'hello')
    await callTool(client, 'verify_task_against_plan', hold)
    const done = { ...hold, status: 'done', summary: 'Written.' }
    const report = await callTool(client, 'update_job_status', done)
    expect(report).toMatchObject({ status: 'done', head_sha: head, next_action: 'queue_empty' })
    expect(await headOf(remote, String(order.branch_name))).toBe(head)
    expect(await callTool(client, 'update_job_status', done)).toEqual(report)
  })

  test('is told to send the claim token when it does not', async () => {
    const { client } = await openOverHttp(testServer, era)
    const { job_id } = await callTool(client, 'wait_for_job', { wait_seconds: 1 })
    for (const name of ['job_heartbeat', 'verify_task_against_plan', 'update_job_status'])
      expect
        .soft(await failTool(client, name, { job_id, status: 'failed', error: 'No.' }), name)
        .toMatch(/^VALIDATION_ERROR: .*claim_token.*\n.*wait_for_job/)
  })

  test('H9 H10 is a new worker at each wait without a name, and the same one under the same name', async () => {
    const { client, url, token } = await openOverHttp(testServer, era, { stories: 4 })
    const other = await connectOverHttp({ url }, token, era)
    const wait = (agent: Client, worker?: string) =>
      callTool(agent, 'wait_for_job', { wait_seconds: 1, ...(worker && { worker }) })
    const jobs = await Promise.all([wait(client), wait(client), wait(client, 'ann'), wait(other, 'bob')])
    expect(new Set(jobs.map(job => job.job_id)).size).toBe(4)
    expect(holdOf(await wait(other, 'ann'))).toEqual(holdOf(jobs[2]))
    expect(holdOf(await wait(client, 'bob'))).toEqual(holdOf(jobs[3]))
    expect(await wait(other)).toMatchObject({ status: 'timeout' })
  })

  test('H9 resumes its job from another connection, and after a restart of the server process', async () => {
    const { client, url, token, api, machine } = await openOverHttp(testServer, era)
    const order = await callTool(client, 'wait_for_job', { wait_seconds: 1 })
    const { lease_until: _, ...same } = order
    const other = await connectOverHttp({ url }, token, era)
    expect(await callTool(other, 'wait_for_job', { resume: holdOf(order) })).toMatchObject(same)
    const restarted = await connectOverHttp(await serveMcp(server, machine), token, era)
    expect(await callTool(restarted, 'job_heartbeat', holdOf(order))).toMatchObject({ job_id: order.job_id })
    expect(await callTool(restarted, 'wait_for_job', { resume: holdOf(order) })).toMatchObject(same)
    const failed = { ...holdOf(order), status: 'failed', error: 'It cannot be done.' }
    expect(await callTool(restarted, 'update_job_status', failed)).toMatchObject({ status: 'failed' })
    expect(await callTool(client, 'update_job_status', failed)).toMatchObject({ status: 'failed' })
    expect(await worktreesOf(machine)).toEqual([])
    expect(await api.jobs.get({ job_id: String(order.job_id) })).toMatchObject({ attempt: 1 })
  })

  test('H28 keeps its job for half an hour after each call, for as long as it announces, and no longer', async () => {
    const { client } = await openOverHttp(testServer, era)
    const order = await callTool(client, 'wait_for_job', { wait_seconds: 1 })
    const lease = () => secondsUntil(db.pool, 'claude_jobs', String(order.job_id), 'lease_until')
    expect(await lease()).toBeGreaterThan(1_790)
    for (const name of ['job_heartbeat', 'verify_task_against_plan', 'update_job_status']) {
      await db.moveClock('29 minutes')
      expect(await reapStaleJobs(server)).not.toContain(order.job_id)
      await callTool(client, name, { ...holdOf(order), ...(name === 'update_job_status' && { status: 'running' }) })
      expect.soft(await lease(), name).toBeGreaterThan(1_790)
    }
    await callTool(client, 'job_heartbeat', { ...holdOf(order), silent_seconds: 7_200 })
    await db.moveClock('119 minutes')
    expect(await reapStaleJobs(server)).not.toContain(order.job_id)
    await db.moveClock('2 minutes')
    expect(await reapStaleJobs(server)).toContain(order.job_id)
  })

  test('H8 whose wait is cancelled or whose connection ends leaves every job as it is', async () => {
    const { client, url, token, api, firstTask } = await openOverHttp(testServer, era, { queued: false })
    const gone = new AbortController()
    const cancelled = client.callTool({ name: 'wait_for_job', arguments: {} }, { signal: gone.signal })
    cancelled.catch(() => undefined)
    await untilWaiting(1)
    gone.abort()
    await untilWaiting(0)
    const other = await connectOverHttp({ url }, token, era)
    other.callTool({ name: 'wait_for_job', arguments: {} }).catch(() => undefined)
    await untilWaiting(1)
    await other.close()
    await untilWaiting(0)
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    expect(await api.jobs.get({ job_id })).toMatchObject({ ...QUEUED, attempt: 0 })
    expect(await callTool(client, 'wait_for_job', { wait_seconds: 1 })).toMatchObject({ job_id, attempt: 1 })
  })

  test('H8 that disconnects in the midst of a checkout leaves the job claimable, uncharged, and nothing on disk', async () => {
    const owner = await person()
    const { machine, remote, product, jobIds } = await makeWorkplace(owner.api)
    const root = await makeClone(machine, remote)
    const started = join(machine.dir, 'checkout-has-begun')
    await sh(root, 'config', 'filter.stuck.smudge', `touch '${started}'; exec sleep 300`)
    await writeFiles(root, { '.git/info/attributes': '* filter=stuck\n' })
    const roots = namedRoot(machine, product.id, root)
    const openHost = (token: string) => makeHost(server.client(token), machine, { roots })
    const door = await serveMcp(server, machine, { openHost })
    const client = await connectOverHttp(door, owner.token, era)
    client.callTool({ name: 'wait_for_job', arguments: {} }).catch(() => undefined)
    await until(() => isThere(started))
    await client.close()
    await untilQueued(owner, first(jobIds))
    await vi.waitFor(async () => {
      expect(await worktreesOf(machine)).toEqual([])
      expect(await refsBelow(root, 'refs/heads/feat')).toEqual({})
    }, CLEANED_UP)
  })

  test('H8 that disconnects just when its worktree stands leaves the job claimable, uncharged, and nothing on disk', async () => {
    const owner = await person()
    const { machine, remote, jobIds } = await makeWorkplace(owner.api)
    let leave: () => Promise<void> = async () => undefined
    const openHost = (token: string) =>
      makeHost(
        afterAnswer(server.client(token), 'attach', () => leave()),
        machine,
      )
    const door = await serveMcp(server, machine, { openHost })
    const client = await connectOverHttp(door, owner.token, era)
    leave = async () => {
      await client.close()
      await until(() => door.calls.at(-1)?.aborted ?? false)
    }
    client.callTool({ name: 'wait_for_job', arguments: {} }).catch(() => undefined)
    await until(() => door.calls.at(-1)?.aborted ?? false)
    await untilQueued(owner, first(jobIds))
    await vi.waitFor(() => expectNothingLeft(machine, remote), CLEANED_UP)
  })

  test('H2 is not disturbed by what others do, and gets what comes for it', async () => {
    const { client, api, firstTask } = await openOverHttp(testServer, era, { queued: false })
    const waiting = callTool(client, 'wait_for_job', { wait_seconds: 30 })
    await untilWaiting(1)
    const stranger = (await person()).api
    await stranger.jobs.dispatch({ task_id: (await makeBacklog(stranger)).firstTask.id })
    await api.products.create({ name: 'Another' })
    expect(server.dispatcher.waiting).toBe(1)
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    expect(await waiting).toMatchObject({ job_id })
  })

  test('H7 that waits for one second has an answer, and what comes then stays in the queue', async () => {
    const { client, api, firstTask } = await openOverHttp(testServer, era, { queued: false })
    expect(await callTool(client, 'wait_for_job', { wait_seconds: 1 })).toMatchObject({ status: 'timeout' })
    expect(server.dispatcher.waiting).toBe(0)
    const { job_id } = await api.jobs.dispatch({ task_id: firstTask.id })
    expect(await api.jobs.get({ job_id })).toMatchObject({ status: 'queued', attempt: 0 })
  })

  test('H3 hears every ten seconds of a wait that it is alive, and leaves no timer behind', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { client } = await openOverHttp(testServer, era, { queued: false })
    // The sweep of idle agents, and the stream that an older client keeps open.
    const usual = era === '2025-11-25' ? 2 : 1
    await until(() => vi.getTimerCount() === usual)
    const gone = new AbortController()
    const heard: number[] = []
    const onprogress = ({ progress }: { progress: number }) => void heard.push(progress)
    const waiting = client.callTool({ name: 'wait_for_job', arguments: {} }, { onprogress, signal: gone.signal })
    waiting.catch(() => undefined)
    await untilWaiting(1)
    vi.advanceTimersByTime(20_000)
    await until(() => heard.length === 2)
    expect(heard).toEqual([1, 2])
    gone.abort()
    await untilWaiting(0)
    await until(() => vi.getTimerCount() === usual)
  })
})

function holdOf(order: Record<string, unknown> | undefined) {
  return { job_id: String(order?.job_id), claim_token: String(order?.claim_token) }
}

async function untilWaiting(count: number): Promise<void> {
  await until(() => server.dispatcher.waiting === count)
}

async function untilQueued({ api }: Person, jobId: string): Promise<void> {
  await until(async () => (await api.jobs.get({ job_id: jobId })).status === 'queued')
  expect(await api.jobs.get({ job_id: jobId })).toMatchObject(QUEUED)
  expect((await api.jobs.checkQueue({})).empty).toBe(false)
}
