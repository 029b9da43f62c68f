import { writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { type Client, isJSONRPCResultResponse, type JSONRPCMessage } from '@modelcontextprotocol/client'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ClaimedJob, workOn } from '../support/agent-work.ts'
import { first, makeBacklog } from '../support/backlog.ts'
import { serveHttp } from '../support/http.ts'
import { type Command, type Installation, lives, MAIN, makeInstallation } from '../support/installation.ts'
import { callTool, ERAS, failTool, pidOf, spawnAgent } from '../support/mcp-client.ts'
import { filesOf, headOf, makeRemote, refsBelow, sh } from '../support/repositories.ts'
import { openTestServer, type Person } from '../support/server.ts'

const { db, server, person } = await openTestServer()
const http = await serveHttp(server)

/** An installation of one person. */
function installFor({ token }: Person, variables?: Record<string, string>): Promise<Installation> {
  return makeInstallation({ url: http.url, token, personToken: token }, variables)
}

describe.each(ERAS)('an agent of %s', era => {
  test('H57 makes a backlog, sends a task, works in its worktree, and its verified commit is on the remote', async () => {
    const owner = await person()
    const installation = await installFor(owner)
    const remote = await makeRemote(installation.machine)
    const product = await owner.api.products.create({ name: 'Shop', repo_url: pathToFileURL(remote).href })
    const client = await spawnAgent(installation, era)
    const pbi = await callTool(client, 'create_pbi', { product_id: product.id, title: 'Greetings' })
    const story = await callTool(client, 'create_story', { pbi_id: pbi.id, title: 'Hello' })
    const plan = { implementation_plan: 'Write `hello.js`.' }
    const task = await callTool(client, 'create_task', { story_id: story.id, title: 'Say it', ...plan })
    await callTool(client, 'dispatch_job', { task_id: task.id })
    expect(await failTool(client, 'dispatch_job', { task_id: task.id })).toMatch(/^CONFLICT: /)

    const job = ClaimedJob.parse(await callTool(client, 'wait_for_job'))
    expect(await workOn(client, job)).toMatchObject({ status: 'done', next_action: 'queue_empty' })
    const head = await headOf(remote, job.branch_name)
    expect(await owner.api.jobs.get({ job_id: job.job_id })).toMatchObject({ status: 'done', head_sha: head })
    expect(await filesOf(remote, job.branch_name)).toEqual(['README.md', 'hello.js'])
    expect(await sh(remote, 'log', '--format=%an %s', `main..${job.branch_name}`)).toBe('Scrum4Me agent Say it')
  })
})

test('H40 an agent on a machine whose disk is nearly full is told so, with what to do, and the job waits', async () => {
  const owner = await person()
  const installation = await installFor(owner, { SCRUM4ME_MIN_FREE_DISK: '9000TB' })
  const { firstTask } = await makeBacklog(owner.api)
  const { job_id } = await owner.api.jobs.dispatch({ task_id: firstTask.id })
  const client = await spawnAgent(installation, ERAS[0])
  expect(await failTool(client, 'wait_for_job')).toMatch(/^DISK_FULL: Only .* free .*\n.*SCRUM4ME_MIN_FREE_DISK/)
  expect(await owner.api.jobs.get({ job_id })).toMatchObject({ status: 'queued', attempt: 0 })
})

test('H9 H11 H41 two agents in two processes never get the same job, and do all of them', async () => {
  const owner = await person()
  const installation = await installFor(owner)
  const remote = await makeRemote(installation.machine)
  const { tasks } = await makeBacklog(owner.api, { repoUrl: pathToFileURL(remote).href, stories: 3, tasks: 2 })
  for (const task of tasks) await owner.api.jobs.dispatch({ task_id: task.id })
  const agents = await Promise.all([spawnAgent(installation, ERAS[0]), spawnAgent(installation, ERAS[0])])
  const done = await Promise.all(agents.map(workUntilEmpty))
  expect(done.map(jobs => jobs.length > 0)).toEqual([true, true])
  const ids = done.flat()
  expect(ids.length).toBe(6)
  expect(new Set(ids).size).toBe(6)
  expect(Object.keys(await refsBelow(remote, 'refs/heads/feat'))).toHaveLength(3)
  const jobs = await owner.api.jobs.list({})
  expect(jobs.map(job => [job.status, job.attempt])).toEqual(ids.map(() => ['done', 1]))
})

test('H9 H25 an agent whose process was killed with -9 resumes its job in another one, and nothing runs twice', async () => {
  const owner = await person()
  const installation = await installFor(owner)
  const remote = await makeRemote(installation.machine)
  const { firstTask } = await makeBacklog(owner.api, { repoUrl: pathToFileURL(remote).href })
  await owner.api.jobs.dispatch({ task_id: firstTask.id })
  const killed = await spawnAgent(installation, ERAS[0])
  const order = await callTool(killed, 'wait_for_job', { wait_seconds: 10 })
  const gone = new Promise<void>(resolve => {
    killed.onclose = resolve
  })
  process.kill(pidOf(killed), 'SIGKILL')
  await gone

  const { job_id, claim_token } = order
  const client = await spawnAgent(installation, ERAS[1])
  const resumed = await callTool(client, 'wait_for_job', { resume: { job_id, claim_token } })
  const { lease_until, ...same } = order
  expect(resumed).toMatchObject(same)
  expect(Date.parse(String(resumed.lease_until))).toBeGreaterThan(Date.parse(String(lease_until)))
  expect(await workOn(client, ClaimedJob.parse(resumed))).toMatchObject({ status: 'done' })
  expect(await filesOf(remote, String(order.branch_name))).toContain('hello.js')
  const job = await owner.api.jobs.get({ job_id: String(job_id) })
  expect(job).toMatchObject({ status: 'done', attempt: 1, retry_count: 0 })
})

describe('the process', () => {
  test('H54 writes nothing but JSON-RPC to stdout, has no token in its arguments or log, and ends with its stdin', async () => {
    const owner = await person()
    const { start } = await installFor(owner, { SCRUM4ME_LOG_LEVEL: 'trace' })
    const mcp = start('mcp')
    const said = await converse(mcp, [
      { id: 2, method: 'tools/list' },
      { id: 3, method: 'tools/call', params: { name: 'health', arguments: {} } },
      { id: 4, method: 'tools/call', params: { name: 'wait_for_job', arguments: { wait_seconds: 1 } } },
    ])
    const { stdout: processes } = await execa('ps', ['-ww', '-eo', 'args'])
    expect(processes).toContain(`${MAIN} mcp`)
    expect(processes).not.toContain(owner.token)
    mcp.stdin.end()
    const { exitCode, stdout, stderr } = await mcp
    expect(exitCode).toBe(0)
    expect(said.map(message => 'id' in message && message.id)).toEqual([1, 2, 3, 4])
    for (const line of stdout.split('\n')) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' })
    expect(stderr).not.toContain(owner.token)
  })

  test('H8 H25 ends when its client is killed in the midst of a wait, and a job that comes then stays claimable', async () => {
    const owner = await person()
    const installation = await installFor(owner)
    const { firstTask } = await makeBacklog(owner.api)
    const { client, pid } = await spawnClientThatWaits(installation, owner)
    client.kill('SIGKILL')
    await vi.waitUntil(() => !lives(pid), { timeout: 5_000, interval: 20 })
    const { job_id } = await owner.api.jobs.dispatch({ task_id: firstTask.id })
    expect(await owner.api.jobs.get({ job_id })).toMatchObject({ status: 'queued', attempt: 0 })
  })

  test('H59 ends at SIGTERM while it waits', async () => {
    const owner = await person()
    const { start } = await installFor(owner)
    const mcp = start('mcp')
    await converse(mcp, [{ id: 2, method: 'tools/call', params: { name: 'health', arguments: {} } }])
    mcp.stdin.write(line({ id: 3, method: 'tools/call', params: { name: 'wait_for_job', arguments: {} } }))
    await registered(owner)
    mcp.kill('SIGTERM')
    expect(await mcp).toMatchObject({ exitCode: 0 })
  })
})

describe('without a server', () => {
  test('that was ever started, the tools are listed, and the first call says what to do', async () => {
    const client = await spawnAgent(await makeInstallation(null), '2025-11-25')
    expect((await client.listTools()).tools.map(tool => tool.name)).toContain('wait_for_job')
    expect(await failTool(client, 'wait_for_job', { wait_seconds: 1 })).toMatch(
      /^SERVER_UNAVAILABLE: .*\n.*scrum4me up/,
    )
  })

  test('that answers, a call says what to do; once it is there, the same connection works', async () => {
    const owner = await person()
    const installation = await makeInstallation({ url: 'http://127.0.0.1:1', token: owner.token })
    const client = await spawnAgent(installation, '2025-11-25')
    expect(await failTool(client, 'health')).toMatch(/^SERVER_UNAVAILABLE: .*\n.*scrum4me up/)
    await writeFile(installation.configFile, JSON.stringify({ url: http.url, token: owner.token }))
    expect(await callTool(client, 'health')).toMatchObject({ status: 'ok', user: { id: owner.userId } })
  })
})

async function workUntilEmpty(client: Client): Promise<string[]> {
  const done: string[] = []
  for (;;) {
    const answer = ClaimedJob.safeParse(await callTool(client, 'wait_for_job', { wait_seconds: 1 }))
    if (!answer.success) return done
    await workOn(client, answer.data)
    done.push(answer.data.job_id)
  }
}

function line(message: Record<string, unknown>): string {
  return `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`
}

const INITIALIZE = {
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
}

/** Shakes hands, asks, and returns when every question is answered. */
async function converse(mcp: Command, questions: Record<string, unknown>[]): Promise<JSONRPCMessage[]> {
  const messages = [INITIALIZE, { method: 'notifications/initialized' }, ...questions]
  mcp.stdin.write(messages.map(line).join(''))
  const said: JSONRPCMessage[] = []
  await new Promise<void>(resolve => {
    createInterface(mcp.stdout).on('line', text => {
      said.push(JSON.parse(text))
      if (said.filter(isJSONRPCResultResponse).length > questions.length) resolve()
    })
  })
  return said
}

/** A client, as a process of its own, whose `scrum4me mcp` waits for a job. */
async function spawnClientThatWaits({ machine, env }: Installation, owner: Person) {
  const script = `
    const { spawn } = require('node:child_process')
    const mcp = spawn(process.execPath, [${JSON.stringify(MAIN)}, 'mcp'], { stdio: ['pipe', 'ignore', 'ignore'] })
    mcp.stdin.write(process.argv[1])
    console.log(mcp.pid)
    setInterval(() => undefined, 1000)`
  const wait = { id: 2, method: 'tools/call', params: { name: 'wait_for_job', arguments: {} } }
  const input = [INITIALIZE, { method: 'notifications/initialized' }, wait].map(line).join('')
  const place = { env, extendEnv: false, reject: false, cwd: machine.dir } as const
  const client = execa(process.execPath, ['--eval', script, input], place)
  onTestFinished(() => void client.kill('SIGKILL'))
  const pid = await new Promise<number>(resolve => {
    createInterface(client.stdout).once('line', said => resolve(Number(said)))
  })
  onTestFinished(() => void (lives(pid) && process.kill(pid, 'SIGKILL')))
  await registered(owner)
  return { client, pid }
}

/** Resolves when an agent of the person has asked for work. */
async function registered({ userId }: Person): Promise<void> {
  const count = async () => first((await db.pool.query(WORKERS, [userId])).rows).count
  await vi.waitUntil(async () => (await count()) > 0, { timeout: 10_000, interval: 20 })
}

const WORKERS = 'select count(*)::int as count from workers where user_id = $1'
