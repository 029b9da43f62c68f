import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { remoteApi } from '../../src/host/remote/remote-api.ts'
import { listenHttp } from '../../src/server/http/listen-http.ts'
import type { RunningServer } from '../../src/server/open-server.ts'
import { ClaimedJob, workOn } from '../support/agent-work.ts'
import { makeBacklog } from '../support/backlog.ts'
import { makeHost, makeWorkplace } from '../support/host.ts'
import { serveHttp } from '../support/http.ts'
import { makeInstallation } from '../support/installation.ts'
import { callTool, connectAgent, ERAS, failTool, pidOf, spawnAgent } from '../support/mcp-client.ts'
import { openRelay } from '../support/relay.ts'
import { headOf, makeMachine } from '../support/repositories.ts'
import { until } from '../support/rows.ts'
import { openTestServer, type Person } from '../support/server.ts'

const { server, person, openAnother } = await openTestServer()
const http = await serveHttp(server)

/** A machine that knows an address and a token, and nothing else of the server. */
function elsewhere({ token }: Person, url = http.url) {
  return makeInstallation(null, { SCRUM4ME_URL: url, SCRUM4ME_TOKEN: token })
}

/** An agent there, whose wait for a job is under way on a server. */
async function spawnWaiter(owner: Person, on: RunningServer = server, url = http.url) {
  const client = await spawnAgent(await elsewhere(owner, url), '2025-11-25', 'claude-code')
  const wait = callTool(client, 'wait_for_job', { wait_seconds: 100 })
  wait.catch(() => undefined)
  await until(() => on.dispatcher.waiting === 1)
  return { client, wait }
}

describe.each(ERAS)('on another machine, with a URL and a token only', era => {
  test('H57 an agent of %s waits, does a whole job, and its commit is on the remote'.replace('%s', era), async () => {
    const owner = await person()
    const { remote, jobIds } = await makeWorkplace(owner.api)
    const client = await spawnAgent(await elsewhere(owner), era)
    const job = ClaimedJob.parse(await callTool(client, 'wait_for_job'))
    expect(job.job_id).toBe(jobIds[0])
    expect(await workOn(client, job)).toMatchObject({ status: 'done', next_action: 'queue_empty' })
    const done = await owner.api.jobs.get({ job_id: job.job_id })
    expect(done).toMatchObject({ status: 'done', attempt: 1, head_sha: await headOf(remote, job.branch_name) })
  })
})

test('H8 a host that is killed in the midst of a wait is gone from the server within two seconds, and claims nothing', async () => {
  const owner = await person()
  const { firstTask } = await makeBacklog(owner.api)
  const { client } = await spawnWaiter(owner)
  process.kill(pidOf(client), 'SIGKILL')
  await vi.waitUntil(() => server.dispatcher.waiting === 0, { timeout: 2_000, interval: 5 })
  const { job_id } = await owner.api.jobs.dispatch({ task_id: firstTask.id })
  expect(await owner.api.jobs.get({ job_id })).toMatchObject({ status: 'queued', attempt: 0, setup_failures: 0 })
})

test('H5 H59 the server stops and starts again: the wait goes on and gets its job', async () => {
  const owner = await person()
  const { firstTask } = await makeWorkplace(owner.api, { queued: false })
  const first = await openAnother()
  const served = await listenHttp(first, { host: '127.0.0.1', port: 0 })
  const { wait } = await spawnWaiter(owner, first, served.url)
  await Promise.all([first.endWaits(), served.close()])
  const { job_id } = await owner.api.jobs.dispatch({ task_id: firstTask.id })
  const second = await openAnother()
  const servedAgain = await listenHttp(second, { host: '127.0.0.1', port: served.port })
  onTestFinished(() => servedAgain.close())
  expect(await wait).toMatchObject({ status: 'claimed', job_id, attempt: 1 })
})

test('H5 a network that breaks and heals in the midst of a wait costs no job and no attempt', async () => {
  const owner = await person()
  const { firstTask } = await makeWorkplace(owner.api, { queued: false })
  const relay = await openRelay({ host: '127.0.0.1', port: http.port })
  const { wait } = await spawnWaiter(owner, server, `http://127.0.0.1:${relay.port}`)
  await relay.close()
  await until(() => server.dispatcher.waiting === 0)
  const { job_id } = await owner.api.jobs.dispatch({ task_id: firstTask.id })
  expect(await owner.api.jobs.get({ job_id })).toMatchObject({ status: 'queued', attempt: 0 })
  await relay.open()
  expect(await wait).toMatchObject({ status: 'claimed', job_id, attempt: 1 })
})

test('H54 a server that is away at the first call is named by its address, and by nothing that is secret', async () => {
  const owner = await person()
  const relay = await openRelay({ host: '127.0.0.1', port: http.port })
  const url = `http://127.0.0.1:${relay.port}`
  await relay.close()
  const client = await spawnAgent(await elsewhere(owner, url), '2025-11-25')
  const said = await failTool(client, 'wait_for_job', { wait_seconds: 1 })
  expect(said).toMatch(/^SERVER_UNAVAILABLE: .*\n.*scrum4me up/)
  expect(said).toContain(`Nothing answers at ${url}`)
  expect(said).not.toContain(owner.token)
  await relay.open()
  expect(await callTool(client, 'health')).toMatchObject({ status: 'ok', user: { id: owner.userId } })
})

test('H9 a command whose answer is lost on the way has made one thing, and says so', async () => {
  const owner = await person()
  const relay = await openRelay({ host: '127.0.0.1', port: http.port })
  const { run } = await elsewhere(owner, `http://127.0.0.1:${relay.port}`)
  relay.loseAnswers(0)
  const { exitCode, stdout } = await run('product', 'create', 'Shop', '--json')
  expect(exitCode).toBe(0)
  expect(await owner.api.products.list()).toEqual([JSON.parse(stdout)])
})

describe('versions', () => {
  test('a host that is too old for the server is told what to install, at its first wait', async () => {
    const { token } = await person()
    const api = remoteApi({ url: http.url, token, version: '0.0.9', retries: 0 })
    const { client } = await connectAgent(await makeHost(api, await makeMachine(), { version: '0.0.9' }), ERAS[0])
    const said = await failTool(client, 'wait_for_job', { wait_seconds: 1 })
    expect(said).toMatch(/^VERSION_MISMATCH: .*0\.0\.9.*too old.*\n.*npm install --global scrum4me@0\.1\.0-test/)
  })

  test('a server that is too old for the host is named at the first call, with what to install there', async () => {
    const owner = await person()
    const old = await serveHttp(await openAnother({ version: '0.0.9' }))
    const client = await spawnAgent(await elsewhere(owner, old.url), '2025-11-25')
    for (const tool of ['health', 'wait_for_job', 'list_products'])
      expect(await failTool(client, tool)).toMatch(
        /^VERSION_MISMATCH: The server is Scrum4Me 0\.0\.9.*\n.*Install 0\.1\.0/,
      )
  })
})
