import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { sweepWorktrees } from '../../src/host/flows/sweep-worktrees.ts'
import { remoteApi } from '../../src/host/remote/remote-api.ts'
import { first } from '../support/backlog.ts'
import { openGate } from '../support/gate.ts'
import { afterAnswer, loseAllLeases, makeHost, makeWorkplace, worktreesOf } from '../support/host.ts'
import { callTool, connectAgent, ERAS, failTool } from '../support/mcp-client.ts'
import { commitFile, headOf, makeMachine, refsBelow, writeFiles } from '../support/repositories.ts'
import { secondsUntil } from '../support/rows.ts'
import { openStage } from '../support/stage.ts'

const { db, server, person, url } = await openStage()
const [era] = ERAS

describe('several agents on one connection', () => {
  test.each(ERAS)('H9 H10 each name is a worker with a job of its own, and gets it again (%s)', async clientEra => {
    const { api } = await person()
    const { machine } = await makeWorkplace(api, { stories: 3 })
    const { client } = await connectAgent(await makeHost(api, machine), clientEra)
    const wait = (worker?: string) => callTool(client, 'wait_for_job', { wait_seconds: 1, ...(worker && { worker }) })
    const jobs = await Promise.all([wait('one'), wait('two'), wait()])
    expect(new Set(jobs.map(job => job.job_id)).size).toBe(3)
    const again = await Promise.all([wait('one'), wait('two'), wait()])
    expect(again.map(job => job.claim_token)).toEqual(jobs.map(job => job.claim_token))
  })

  test('name the claim token of the job that they mean, and end only their own', async () => {
    const { api } = await person()
    const { machine } = await makeWorkplace(api, { stories: 2 })
    const { client } = await connectAgent(await makeHost(api, machine), era)
    const [one, two] = await Promise.all(
      ['one', 'two'].map(worker => callTool(client, 'wait_for_job', { wait_seconds: 1, worker })),
    )
    expect(await failTool(client, 'job_heartbeat', { job_id: one?.job_id })).toMatch(
      /^VALIDATION_ERROR: .*claim_token.*\n.+/,
    )
    const failed = { status: 'failed', error: 'It cannot be done.' }
    expect(await callTool(client, 'update_job_status', { ...holdOf(one), ...failed })).toMatchObject({
      job_id: one?.job_id,
      status: 'failed',
    })
    expect(await callTool(client, 'job_heartbeat', { job_id: two?.job_id })).toMatchObject({ job_id: two?.job_id })
  })
})

describe('an agent on a new connection with its old claim token', () => {
  test.each(ERAS)('H9 resumes its job with the same work order, and ends it (%s)', async clientEra => {
    const { api } = await person()
    const { machine, remote, order } = await loseConnection(api)
    const { client } = await connectAgent(await makeHost(api, machine), clientEra)
    const resumed = await callTool(client, 'wait_for_job', { resume: holdOf(order) })
    const { lease_until, ...same } = order
    expect(resumed).toMatchObject(same)
    expect(Date.parse(String(resumed.lease_until))).toBeGreaterThan(Date.parse(String(lease_until)))
    expect(await callTool(client, 'wait_for_job', { wait_seconds: 1 })).toMatchObject({ job_id: order.job_id })
    const head = await commitFile(String(order.worktree_path), 'hello.js', 'hello')
    await callTool(client, 'verify_task_against_plan', { job_id: order.job_id })
    const done = { job_id: order.job_id, status: 'done', summary: 'Written.' }
    expect(await callTool(client, 'update_job_status', done)).toMatchObject({ status: 'done', head_sha: head })
    expect(await headOf(remote, String(order.branch_name))).toBe(head)
    expect(await worktreesOf(machine)).toEqual([])
  })

  test('becomes the holder by any call that carries the token, also by several at once', async () => {
    const { api } = await person()
    const { machine, order } = await loseConnection(api)
    const { client } = await connectAgent(await makeHost(api, machine), era)
    const calls = ['job_heartbeat', 'verify_task_against_plan', 'job_heartbeat']
    await Promise.all(calls.map(name => callTool(client, name, holdOf(order))))
    expect(await callTool(client, 'update_job_status', { ...holdOf(order), status: 'running' })).toMatchObject({
      status: 'running',
    })
    expect(await callTool(client, 'wait_for_job', { wait_seconds: 1 })).toMatchObject({ job_id: order.job_id })
    expect(await api.jobs.get({ job_id: String(order.job_id) })).toMatchObject({ attempt: 1, retry_count: 0 })
  })

  test('H10 does not lose the job that it holds already, and holds both', async () => {
    const { api } = await person()
    const { machine, order } = await loseConnection(api, 2)
    const { client } = await connectAgent(await makeHost(api, machine), era)
    const mine = await callTool(client, 'wait_for_job', { wait_seconds: 1 })
    const resume = holdOf(order)
    expect(await callTool(client, 'wait_for_job', { resume })).toMatchObject(resume)
    expect(await callTool(client, 'job_heartbeat', holdOf(mine))).toMatchObject({ job_id: mine.job_id })
    await callTool(client, 'wait_for_job', { wait_seconds: 1, worker: 'other', resume })
    expect(await failTool(client, 'wait_for_job', { worker: 'other', resume: holdOf(mine) })).toMatch(
      /^CONFLICT: .*\n.*another worker name/,
    )
  })

  test('H9 goes on with it although its lease has ended, with all that is in the worktree', async () => {
    const { api } = await person()
    const { machine, remote, order } = await loseConnection(api)
    const path = String(order.worktree_path)
    const commit = await commitFile(path, 'hello.js', 'hello')
    await writeFiles(path, { 'half.js': 'half\n' })
    await loseAllLeases({ db, server })
    const { client } = await connectAgent(await makeHost(api, machine), era)
    const resumed = await callTool(client, 'wait_for_job', { resume: holdOf(order) })
    expect(resumed).toMatchObject({ job_id: order.job_id, attempt: 1, worktree_path: path, base_sha: order.base_sha })
    expect(await headOf(path)).toBe(commit)
    await rm(join(path, 'half.js'))
    await callTool(client, 'verify_task_against_plan', { job_id: order.job_id })
    const done = { job_id: order.job_id, status: 'done', summary: 'Written.' }
    expect(await callTool(client, 'update_job_status', done)).toMatchObject({ status: 'done', head_sha: commit })
    expect(await headOf(remote, String(order.branch_name))).toBe(commit)
    expect(await api.jobs.get({ job_id: String(order.job_id) })).toMatchObject({ retry_count: 0 })
  })

  test('H16 H22 has lost it once its worktree was cleaned up; one that was taken up again is not swept', async () => {
    const { api } = await person()
    const { machine, order } = await loseConnection(api)
    await loseAllLeases({ db, server })
    const host = await makeHost(api, machine)
    // The sweep has found the claim dead when its agent comes back.
    let isBack = false
    const late = afterAnswer(api, 'judgeClaims', async () => {
      if (isBack) return
      isBack = true
      const { client } = await connectAgent(await makeHost(api, machine), era)
      await callTool(client, 'wait_for_job', { resume: holdOf(order) })
    })
    expect(await sweepWorktrees(await makeHost(late, machine))).toEqual([])
    expect(await worktreesOf(machine)).toHaveLength(1)
    await loseAllLeases({ db, server })
    expect(await sweepWorktrees(host)).toHaveLength(1)
    const { client } = await connectAgent(host, era)
    expect(await failTool(client, 'wait_for_job', { resume: holdOf(order) })).toMatch(/^LEASE_LOST: /)
  })

  test('H16 goes on in its worktree although its old connection hears only then that the lease had ended', async () => {
    const owner = await person()
    const { machine, order } = await loseConnection(owner.api)
    const gate = await openGate(url)
    const late = await connectAgent(
      await makeHost(remoteApi({ url: gate.url, token: owner.token, version: '0.1.0-test', retries: 0 }), machine),
      era,
    )
    await callTool(late.client, 'wait_for_job', { resume: holdOf(order) })
    await loseAllLeases({ db, server })
    const heard = gate.stop('jobs/renew', 'answer')
    const lost = failTool(late.client, 'job_heartbeat', holdOf(order))
    const answer = await heard
    const { client } = await connectAgent(await makeHost(owner.api, machine), era)
    expect(await callTool(client, 'wait_for_job', { resume: holdOf(order) })).toMatchObject({ attempt: 1 })
    answer.letPass()
    expect(await lost).toMatch(/^LEASE_LOST: /)
    const head = await commitFile(String(order.worktree_path), 'hello.js', 'hello')
    await callTool(client, 'verify_task_against_plan', holdOf(order))
    const done = { ...holdOf(order), status: 'done', summary: 'Written.' }
    expect(await callTool(client, 'update_job_status', done)).toMatchObject({ status: 'done', head_sha: head })
    expect(await worktreesOf(machine)).toEqual([])
  })

  test('H22 repeats its last report, and gets what is stored', async () => {
    const { api } = await person()
    const { machine, order } = await loseConnection(api)
    const report = { ...holdOf(order), status: 'failed', error: 'It cannot be done.' }
    const before = await connectAgent(await makeHost(api, machine), era)
    const answer = await callTool(before.client, 'update_job_status', report)
    await before.close()
    const { client } = await connectAgent(await makeHost(api, machine), era)
    expect(await callTool(client, 'update_job_status', report)).toEqual(answer)
    expect(await failTool(client, 'update_job_status', { ...report, status: 'done' })).toMatch(/^LEASE_LOST: /)
    expect(await failTool(client, 'wait_for_job', { resume: holdOf(order) })).toMatch(/^LEASE_LOST: .*failed already/)
  })

  test('from another data folder is told WRONG_HOST by every call, and can work on something else', async () => {
    const { api } = await person()
    const { order } = await loseConnection(api, 2)
    const { client } = await connectAgent(await makeHost(api, await makeMachine()), era)
    const wrong = /^WRONG_HOST: .*\n.*SCRUM4ME_DATA_DIR/
    expect(await failTool(client, 'wait_for_job', { resume: holdOf(order) })).toMatch(wrong)
    for (const name of ['job_heartbeat', 'verify_task_against_plan'])
      expect.soft(await failTool(client, name, holdOf(order)), name).toMatch(wrong)
    const running = { ...holdOf(order), status: 'running' }
    expect(await failTool(client, 'update_job_status', running)).toMatch(wrong)
  })

  test('H40 whose worktree somebody deleted is told so; the job goes back uncharged, and its commits are kept', async () => {
    const { api } = await person()
    const { machine, order } = await loseConnection(api)
    const commit = await commitFile(String(order.worktree_path), 'hello.js', 'half')
    await rm(String(order.worktree_path), { recursive: true })
    const host = await makeHost(api, machine)
    const { client } = await connectAgent(host, era)
    expect(await failTool(client, 'wait_for_job', { resume: holdOf(order) })).toMatch(
      /^GIT_FAILED: .*is gone.*back into the queue.*\n.*wait_for_job without resume/,
    )
    expect(await api.jobs.get({ job_id: String(order.job_id) })).toMatchObject({ status: 'queued', retry_count: 0 })
    expect(await callTool(client, 'wait_for_job', { wait_seconds: 1 })).toMatchObject({ status: 'timeout' })
    const clones = join(machine.dataDir, 'repos', 'file')
    const clone = join(clones, first(await readdir(clones)))
    await db.moveClock('1 minute')
    expect(await callTool(client, 'wait_for_job', { wait_seconds: 1 })).toMatchObject({ job_id: order.job_id })
    expect(await refsBelow(clone, 'refs/scrum4me/rescue')).toEqual({
      [`refs/scrum4me/rescue/${order.job_id}/1`]: commit,
    })
  })
})

test('H28 a heartbeat announces a silence, and the lease lasts so long', async () => {
  const { api } = await person()
  const { machine } = await makeWorkplace(api)
  const { client } = await connectAgent(await makeHost(api, machine), era)
  const { job_id } = await callTool(client, 'wait_for_job', { wait_seconds: 1 })
  const { lease_until } = await callTool(client, 'job_heartbeat', { job_id, silent_seconds: 7_200 })
  const usual = await callTool(client, 'job_heartbeat', { job_id })
  expect(usual.lease_until).toBe(lease_until)
  expect(Date.parse(String(lease_until)) - Date.now()).toBeGreaterThan(7_100_000)
  expect(await failTool(client, 'job_heartbeat', { job_id, silent_seconds: 7_201 })).toMatch(/^VALIDATION_ERROR/)
})

/** A job of which the connection was lost that had it; there are others if more stories are wished. */
async function loseConnection(api: ApiClient, stories = 1) {
  const { machine, remote } = await makeWorkplace(api, { stories })
  const agent = await connectAgent(await makeHost(api, machine), era)
  const order = await callTool(agent.client, 'wait_for_job', { wait_seconds: 1 })
  await agent.close()
  expect(await secondsUntil(db.pool, 'claude_jobs', String(order.job_id), 'lease_until')).toBeLessThanOrEqual(60)
  return { machine, remote, order }
}

function holdOf(order: Record<string, unknown> | undefined) {
  return { job_id: String(order?.job_id), claim_token: String(order?.claim_token) }
}
