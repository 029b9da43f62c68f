import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Host } from '../../src/host/flows/host.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import type { HostOptions } from '../../src/host/open-host.ts'
import { first } from '../support/backlog.ts'
import {
  afterAnswer,
  askForWork,
  loseAllLeases,
  makeAgent,
  makeHost,
  makeWorkplace,
  rescueRef,
  takeWork,
  worktreesOf,
} from '../support/host.ts'
import { commitFile, headOf, makeMachine } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

const GIB = 1_024 ** 3
const PLENTY = { blocks: 1e9, bavail: GIB, bsize: 4_096 }
const LITTLE = { blocks: 1e9, bavail: 100_000, bsize: 4_096 }

/** A disk of which one can say how full it is. */
function makeDisk(state = { full: false }) {
  const asked = new Set<string>()
  const statfs: Host['statfs'] = async path => {
    asked.add(path)
    return state.full ? LITTLE : PLENTY
  }
  return { state, asked, statfs }
}

test('H40 a host whose disk is nearly full takes no job and says what to do; the job waits uncharged for another, or for room', async () => {
  const { api, machine, jobIds } = await startPlace({ stories: 2 })
  const disk = makeDisk({ full: true })
  const host = await makeHost(api, machine, disk)
  const agent = makeAgent(host)
  await expect(askForWork(host, agent)).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(/^Only 410 MB are free on the disk of .*no job below 1\.1 GB\.$/),
    hint: expect.stringContaining('SCRUM4ME_MIN_FREE_DISK'),
  })
  expect(await api.jobs.get({ job_id: first(jobIds) })).toMatchObject({ status: 'queued', attempt: 0, retry_count: 0 })
  const other = await makeHost(api, await makeMachine())
  expect(await askForWork(other, makeAgent(other))).toMatchObject({ job_id: jobIds[0], attempt: 1 })
  disk.state.full = false
  expect(await askForWork(host, agent)).toMatchObject({ job_id: jobIds[1], attempt: 1 })
})

test('H40 what a dead attempt left is saved and removed first, and the job is taken when that makes room', async () => {
  const { api, machine } = await startPlace({ stories: 2 })
  const lost = await makeHost(api, machine)
  const held = await takeWork(lost, makeAgent(lost))
  held.letGo()
  const head = await commitFile(held.order.worktree_path, 'hello.js', 'half')
  await loseAllLeases({ db, server })
  const statfs: Host['statfs'] = async () => ((await isThere(held.order.worktree_path)) ? LITTLE : PLENTY)
  const host = await makeHost(api, machine, { statfs })
  expect(await askForWork(host, makeAgent(host))).toMatchObject({ job_id: held.order.job_id, attempt: 2 })
  expect(await headOf(held.root, rescueRef(held))).toBe(head)
})

test('H40 H21 a disk that fills between claim and set-up gives the claim back at once, and nothing is counted or left', async () => {
  const { api, machine, jobIds } = await startPlace()
  const disk = makeDisk()
  const fill = () => {
    disk.state.full = true
  }
  const host = await makeHost(afterAnswer(api, 'claim', fill), machine, disk)
  await expect(askForWork(host, makeAgent(host))).rejects.toMatchObject({ code: 'DISK_FULL' })
  const { rows } = await db.pool.query(
    'select status, setup_failures, not_before, retry_count from claude_jobs where id = $1',
    [first(jobIds)],
  )
  expect(rows).toEqual([{ status: 'QUEUED', setup_failures: 0, not_before: null, retry_count: 0 }])
  expect(await worktreesOf(machine)).toEqual([])
})

test('H40 a disk that fills during a wait ends the wait with that word', async () => {
  const { api, machine } = await startPlace({ queued: false })
  const disk = makeDisk()
  const fill = () => {
    disk.state.full = true
  }
  const host = await makeHost(afterAnswer(api, 'claim', fill), machine, { ...disk, limits: { sliceMs: 1 } })
  const wait = askForWork(host, makeAgent(host), undefined, { deadline: Date.now() + 600_000 })
  await expect(wait).rejects.toMatchObject({ code: 'DISK_FULL' })
})

test('H40 H9 an agent gets the job that it holds again, however full the disk is', async () => {
  const { api, machine } = await startPlace()
  const disk = makeDisk()
  const host = await makeHost(api, machine, disk)
  const agent = makeAgent(host)
  const { order } = await takeWork(host, agent)
  disk.state.full = true
  expect(await askForWork(host, agent)).toMatchObject({ job_id: order.job_id, attempt: 1 })
})

test('H40 the disk for data counts as well as the one for worktrees, and a folder that is not there yet has that of the one above', async () => {
  const { api, machine } = await startPlace()
  const disk = makeDisk()
  const own = await makeHost(api, machine, disk)
  await askForWork(own, makeAgent(own))
  expect([...disk.asked].sort()).toEqual([machine.dir, machine.dataDir].sort())
  const statfs: Host['statfs'] = async path => (path === machine.dataDir ? LITTLE : PLENTY)
  const host = await makeHost(api, machine, { statfs })
  await expect(askForWork(host, makeAgent(host))).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringContaining(machine.dataDir),
  })
})

test.each<[string, Partial<HostOptions>]>([
  ['that keeps no count', { statfs: async () => ({ blocks: 0, bavail: 0, bsize: 4_096 }) }],
  ['that answers no question', { statfs: () => Promise.reject(new Error('ENOSYS')) }],
  ['that nobody wants looked at', { statfs: async () => LITTLE, limits: { minFreeBytes: 0 } }],
])('H40 a file system %s stops no work', async (_, options) => {
  const { api, machine, jobIds } = await startPlace()
  const host = await makeHost(api, machine, options)
  expect(await askForWork(host, makeAgent(host))).toMatchObject({ job_id: jobIds[0] })
  expect(await isThere(join(machine.worktreesDir, first(jobIds)))).toBe(true)
})

async function startPlace(wish: Parameters<typeof makeWorkplace>[1] = {}) {
  const { api } = await person()
  return { api, ...(await makeWorkplace(api, wish)) }
}
