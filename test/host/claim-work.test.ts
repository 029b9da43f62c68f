import { afterEach, describe, expect, test, vi } from 'vitest'
import { partFrom } from '../../src/host/flows/part-from.ts'
import { remoteApi } from '../../src/host/remote/remote-api.ts'
import { first } from '../support/backlog.ts'
import { openGate } from '../support/gate.ts'
import { afterAnswer, askForWork, cutOff, makeAgent, makeHost, makeWorkplace, worktreesOf } from '../support/host.ts'
import { serveHttp } from '../support/http.ts'
import { openRelay } from '../support/relay.ts'
import { openTestServer } from '../support/server.ts'

const { server, person } = await openTestServer()
const http = await serveHttp(server)

afterEach(() => {
  vi.useRealTimers()
})

describe('a client that goes away while the answer to its claim is on the wire', () => {
  test('H8 leaves the job claimable at once, uncharged, although its host never heard of the offer', async () => {
    const { api, machine, jobIds, token } = await makePlace()
    const gate = await openGate(http.url)
    const host = await makeHost(remoteApi({ url: gate.url, token, version: '0.1.0-test', retries: 0 }), machine)
    const gone = new AbortController()
    const reached = gate.stop('jobs/claim', 'answer')
    const asked = askForWork(host, makeAgent(host), gone.signal)
    asked.catch(() => undefined)
    const answer = await reached
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject({ status: 'claimed' })
    gone.abort()
    await expect(asked).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject(FREE)
    expect((await api.jobs.checkQueue({})).empty).toBe(false)
    answer.cut()
  })

  test('H8 has it put back when its connection closes, if the server could not be reached before', async () => {
    const { api, machine, jobIds } = await makePlace()
    let isAway = true
    const gone = new AbortController()
    const leaving = afterAnswer(api, 'claim', () => {
      gone.abort()
      throw new DOMException('This operation was aborted', 'AbortError')
    })
    const host = await makeHost(
      cutOff(leaving, 'releaseOffers', () => isAway),
      machine,
    )
    const worker = makeAgent(host)
    await expect(askForWork(host, worker, gone.signal)).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject({ status: 'claimed' })
    isAway = false
    await partFrom(host, worker)
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject(FREE)
  })
})

describe('a claim that cannot be given back, because nobody hears of it', () => {
  test.each([
    ['before the next claim of its worker', true],
    ['at the end of its connection', false],
  ])('H9 H21 is given back %s, and costs no attempt', async (_, isWaiting) => {
    const { api, machine, jobIds } = await makePlace()
    let isAway = false
    const losing = afterAnswer(api, 'attach', () => {
      isAway = true
      throw new DOMException('fetch failed', 'AbortError')
    })
    const host = await makeHost(
      cutOff(losing, 'giveBack', () => isAway),
      machine,
    )
    const worker = makeAgent(host)
    await expect(askForWork(host, worker)).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await worktreesOf(machine)).toEqual([])
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject({ status: 'running' })
    await expect(askForWork(host, worker)).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' })
    isAway = false
    host.api = api
    if (!isWaiting) {
      await partFrom(host, worker)
      return expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject(FREE)
    }
    expect(await askForWork(host, worker)).toMatchObject({ job_id: first(jobIds), attempt: 2 })
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject({ retry_count: 0, setup_failures: 0 })
  })
})

describe('a wait', () => {
  test('H7 whose time ends while room is made on the disk for its next look claims nothing', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const owner = await person()
    const { api, machine, firstTask } = { ...owner, ...(await makeWorkplace(owner.api, { queued: false })) }
    let looks = 0
    let jobId = ''
    const statfs = async () => {
      looks += 1
      if (looks > 2) vi.setSystemTime(Date.now() + 60_000)
      if (looks === 3) jobId = (await api.jobs.dispatch({ task_id: firstTask.id })).job_id
      return { blocks: 2 ** 40, bavail: 2 ** 40, bsize: 4_096 }
    }
    const host = await makeHost(api, machine, { statfs, limits: { sliceMs: 1 } })
    const wish = { deadline: Date.now() + 30_000 }
    expect(await askForWork(host, makeAgent(host), undefined, wish)).toBeNull()
    expect(await api.jobs.get({ job_id: jobId })).toMatchObject({ status: 'queued', attempt: 0 })
  })

  test('H7 H9 whose claim is cut asks anew for what is left of its time, and is offered the same job', async () => {
    const { api, machine, jobIds, token } = await makePlace()
    const relay = await openRelay({ host: '127.0.0.1', port: http.port })
    const url = `http://127.0.0.1:${relay.port}`
    const remote = remoteApi({ url, token, version: '0.1.0-test', retries: 4 })
    const host = await makeHost(remote, machine)
    const worker = makeAgent(host)
    await worker.id()
    relay.loseAnswers(0)
    const order = await askForWork(host, worker, undefined, { deadline: Date.now() + 30_000 })
    expect(relay.toLose).toBe(0)
    expect(order).toMatchObject({ job_id: first(jobIds), attempt: 1 })
    expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject({ setup_failures: 0, retry_count: 0 })
  })
})

const FREE = { status: 'queued', retry_count: 0, setup_failures: 0, not_before: null, worker_id: null }

async function makePlace() {
  const owner = await person()
  return { ...owner, ...(await makeWorkplace(owner.api)) }
}
