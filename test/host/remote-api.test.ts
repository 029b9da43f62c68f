import { rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ApiClient } from '../../src/contract/client.ts'
import { fromApi } from '../../src/host/flows/api-error.ts'
import { remoteApi } from '../../src/host/remote/remote-api.ts'
import { ClaimedJob, workOn } from '../support/agent-work.ts'
import { makeBacklog, makeWorker } from '../support/backlog.ts'
import { makeHost, makeWorkplace } from '../support/host.ts'
import { serveHttp } from '../support/http.ts'
import { callTool, connectAgent } from '../support/mcp-client.ts'
import { openRelay } from '../support/relay.ts'
import { headOf } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { server, person } = await openTestServer()
const http = await serveHttp(server)
const { port } = new URL(http.url)

/** The api of a person by way of a network that can break. */
async function overRelay(retries = 0) {
  const owner = await person()
  const relay = await openRelay({ host: '127.0.0.1', port: Number(port) })
  const url = `http://127.0.0.1:${relay.port}`
  return { relay, url, owner, api: remoteApi({ url, token: owner.token, version: '0.1.0-test', retries }) }
}

/** How a call failed, as a host sees it. */
async function failureOf(call: Promise<unknown>) {
  const error: unknown = await call.then(
    answer => new Error(`it has answered ${JSON.stringify(answer)}`),
    cause => cause,
  )
  const { code, message, hint } = fromApi(error)
  return { code, message, hint }
}

describe('H9 an answer that is lost', () => {
  test.each([
    ['whole', 0],
    ['from its middle on', 0.5],
    ['but for its last bytes', 0.95],
  ])('%s doubles nothing: what was made is made once, and its maker hears of it', async (_, share) => {
    const { relay, api, owner } = await overRelay()
    relay.loseAnswers(share)
    const product = await api.products.create({ name: 'Shop' })
    relay.loseAnswers(share, share)
    const pbi = await api.backlog.createPbi({ product_id: product.id, title: 'Checkout' })
    expect(relay.toLose).toBe(0)
    expect(await owner.api.products.list()).toEqual([product])
    expect(await owner.api.backlog.listPbis({ product_id: product.id })).toEqual([pbi])
  })

  test('H7 of a claim is for its caller to ask for again, who knows how long it still waits: the same job, uncharged', async () => {
    const { relay, api, owner } = await overRelay()
    const { tasks } = await makeBacklog(owner.api, { stories: 2 })
    for (const task of tasks) await owner.api.jobs.dispatch({ task_id: task.id })
    const { workerId } = await makeWorker(owner.api)
    relay.loseAnswers(0)
    const claim = () => api.jobs.claim({ worker_id: workerId, wait_ms: 0 })
    expect(await failureOf(claim())).toMatchObject({ code: 'SERVER_UNAVAILABLE' })
    expect(relay.toLose).toBe(0)
    const { offer } = await claim()
    expect(offer?.attempt).toBe(1)
    const jobs = await owner.api.jobs.list({})
    expect(jobs.map(({ status, attempt }) => [status, attempt])).toEqual([
      ['queued', 0],
      ['claimed', 1],
    ])
  })

  test('more often than a caller bears says that nobody answers', async () => {
    const { relay, api } = await overRelay()
    relay.loseAnswers(0, 0, 0)
    expect(await failureOf(api.products.list())).toMatchObject({ code: 'SERVER_UNAVAILABLE' })
    expect(relay.toLose).toBe(0)
  })

  test('H58 of every call does not keep an agent from doing its job, once', async () => {
    const { relay, api, owner } = await overRelay()
    const { machine, remote, jobIds } = await makeWorkplace(owner.api)
    // The agent's commits are signed as its worktree says, which on this machine is for the host to settle.
    await rm(join(machine.home, '.gitconfig'))
    const { client } = await connectAgent(await makeHost(api, machine), '2025-11-25')
    relay.loseAnswers(...Array.from({ length: 200 }, (_, n) => n % 2))
    const job = ClaimedJob.parse(await callTool(client, 'wait_for_job'))
    expect(await workOn(client, job)).toMatchObject({ status: 'done' })
    expect(relay.toLose).toBeLessThan(190)
    const [done] = await owner.api.jobs.list({})
    expect(done).toMatchObject({ job_id: jobIds[0], status: 'done', attempt: 1, retry_count: 0, setup_failures: 0 })
    expect(await headOf(remote, job.branch_name)).toBe(done?.head_sha)
  })
})

describe('where nobody answers', () => {
  test('H54 says the address without what may be secret in it', async () => {
    const { relay, owner } = await overRelay()
    await relay.close()
    for (const url of [`http://127.0.0.1:${relay.port}/secret-path?secret=word`, `http://localhost:${relay.port}`]) {
      const api = remoteApi({ url, token: owner.token, version: '0', retries: 0 })
      const { code, message, hint } = await failureOf(api.products.list())
      expect({ code, hint }).toEqual({ code: 'SERVER_UNAVAILABLE', hint: expect.stringContaining('scrum4me up') })
      expect(message).toMatch(/^Nothing answers at http:\/\/\S+:\d+ \(.*ECONNREFUSED.*\)\.$/)
      for (const secret of [owner.token, 'secret']) expect(message).not.toContain(secret)
    }
  })

  test('asks again for as long as it is told to, and goes on when somebody is there', async () => {
    const { relay, api, owner } = await overRelay(4)
    await relay.close()
    const list = api.products.list()
    await relay.open()
    expect(await list).toEqual(await owner.api.products.list())
  })

  test.each([404, 502])('or somebody else does (%i), names the address and the variable', async status => {
    const other = createServer((_, answer) => answer.writeHead(status, { 'content-type': 'text/html' }).end('<p>No.'))
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void other.close())
    const address = other.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address?.port}`
    const failure = await failureOf(remoteApi({ url, token: 'x', version: '0', retries: 0 }).products.list())
    expect(failure).toMatchObject({ code: 'SERVER_UNAVAILABLE', hint: expect.stringContaining('SCRUM4ME_URL') })
    expect(failure.message).toContain(`${url} is not Scrum4Me (${status})`)
  })

  test('an abort ends the asking at once', async () => {
    const { relay, api } = await overRelay(100)
    await relay.close()
    const gone = new AbortController()
    const call = failureOf(api.products.list(undefined, { signal: gone.signal }))
    gone.abort()
    expect(await call).toMatchObject({ code: 'ABORTED' })
  })
})

describe('what the guards refuse reaches a host with its code and what to do', () => {
  const asHost = (token: string): ApiClient => remoteApi({ url: http.url, token, version: '0.1.0-test', retries: 0 })

  test('when a call is too large', async () => {
    const owner = await person()
    const diff = { changed_paths: Array.from({ length: 90_000 }, () => 'x'.repeat(200)), changed_lines: 1 }
    const hold = { job_id: 'job_1', claim_token: crypto.randomUUID(), verified_sha: 'a'.repeat(40) }
    const failure = await failureOf(asHost(owner.token).jobs.recordVerification({ ...hold, ...diff }))
    expect(failure).toMatchObject({ code: 'VALIDATION_ERROR', message: expect.stringContaining('16 MB') })
  })

  test('H54 when its token is bad, even so often that it has to wait', async () => {
    const codes = new Set<string>()
    let last = ''
    for (let n = 0; n < 21; n++) {
      const { code, message } = await failureOf(asHost('s4m_bad').products.list())
      codes.add(code)
      last = message
    }
    expect([...codes]).toEqual(['PERMISSION_DENIED'])
    expect(last).toMatch(/^Too many calls with a bad token/)
  })
})
