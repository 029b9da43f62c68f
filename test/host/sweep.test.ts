import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { joinKits } from '../../src/domain/kit.ts'
import type { Host } from '../../src/host/flows/host.ts'
import { keepSweeping } from '../../src/host/flows/keep-sweeping.ts'
import { listKnownRoots } from '../../src/host/flows/known-roots.ts'
import { sweepWorktrees } from '../../src/host/flows/sweep-worktrees.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { giveEquipment, readEquipment } from '../../src/host/kit/equipment.ts'
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
import { commitFile, filesOf, headOf, refsBelow, sh, writeFiles } from '../support/repositories.ts'
import { until } from '../support/rows.ts'
import { openTestServer } from '../support/server.ts'

const { server, db, person } = await openTestServer()

test('H32 H16 the worktree of a process that died is saved and removed by another one; a live one stays', async () => {
  const { api, machine, host, held } = await vanish({ stories: 2 })
  const { worktree_path: path, job_id } = held.order
  await commitFile(path, 'hello.js', 'hello')
  await writeFiles(path, { 'draft.txt': 'not committed' })
  await loseAllLeases({ db, server })
  const [lapsed, alive] = [await takeWork(host, makeAgent(host)), await takeWork(host, makeAgent(host))]
  await api.jobs.settle({ ...lapsed.hold, outcome: 'failed', error: 'It went wrong.' })

  expect((await sweep(host)).sort()).toEqual([path, lapsed.order.worktree_path].sort())
  expect(await worktreesOf(machine)).toEqual([alive.order.job_id])
  expect(await filesOf(held.root, rescueRef(held))).toEqual(expect.arrayContaining(['hello.js', 'draft.txt']))
  expect(await remainsOf(job_id)).toEqual([
    { claim_no: 1, rescue_ref: rescueRef(held), cleaned: true },
    { claim_no: 2, rescue_ref: null, cleaned: true },
  ])
  expect(await sweep(host)).toEqual([])
})

test('H40 a folder that was deleted by hand leaves no record and no branch, and its commits are kept', async () => {
  const { host, held } = await vanish()
  const { worktree_path: path, branch_name: branch } = held.order
  const head = await commitFile(path, 'hello.js', 'hello')
  await rm(path, { recursive: true })
  await loseAllLeases({ db, server })
  expect(await sweep(host)).toEqual([path])
  expect(await sh(held.root, 'worktree', 'list', '--porcelain')).not.toContain(path)
  expect(await refsBelow(held.root, `refs/heads/${branch}`)).toEqual({})
  expect(await headOf(held.root, rescueRef(held))).toBe(head)
})

test('H24 what a worktree was given is forgotten by the next sweep when a process died after it had removed it', async () => {
  const { machine, host, held } = await vanish()
  const standing = { jobId: held.order.job_id, claimNo: held.order.attempt }
  const gone = { jobId: 'job_gone', claimNo: 1 }
  const wish = { kit: joinKits({}, {}) }
  await giveEquipment(machine.dataDir, gone, { ...wish, path: join(machine.worktreesDir, 'job_gone') })
  const stop = keepSweeping(host)
  await until(async () => (await readEquipment(machine.dataDir, gone)) === null)
  await stop()
  expect(await readEquipment(machine.dataDir, standing)).toMatchObject({ path: held.order.worktree_path })
})

test('H24 what a process left that died during its set-up goes too', async () => {
  const { api } = await person()
  const { machine } = await makeWorkplace(api)
  let killed = false
  const dying = afterAnswer(api, 'attach', () => {
    killed = true
    throw new Error('killed')
  })
  const lost = await makeHost(
    afterAnswer(dying, 'giveBack', () => undefined),
    machine,
  )
  await askForWork(lost, makeAgent(lost)).catch(() => undefined)
  expect(killed).toBe(true)
  await loseAllLeases({ db, server })
  const host = await makeHost(api, machine)
  await sweep(host)
  expect(await worktreesOf(machine)).toEqual([])
})

test('H16 what a person made is never touched, nor what another server’s jobs made', async () => {
  const { api, machine, host, held } = await vanish()
  const own = join(machine.worktreesDir, 'mine')
  await sh(held.root, 'worktree', 'add', '--quiet', '-b', 'mine', own)
  const foreign = join(machine.worktreesDir, 'job_foreign')
  await sh(held.root, 'worktree', 'add', '--quiet', '-b', 'foreign', foreign)
  await sh(held.root, 'worktree', 'lock', '--reason', 'Scrum4Me job job_foreign claim 1 branch foreign', foreign)
  await writeFiles(machine.worktreesDir, { 'notes/keep.txt': 'mine' })
  await loseAllLeases({ db, server })
  await sweep(host)
  expect((await worktreesOf(machine)).sort()).toEqual(['job_foreign', 'mine', 'notes'])
  expect(await api.jobs.get({ job_id: held.order.job_id })).toMatchObject({ status: 'queued' })
})

test('H41 two sweeps at once remove each worktree once', async () => {
  const { api, machine, host, held } = await vanish()
  await loseAllLeases({ db, server })
  const other = await makeHost(api, machine)
  const gone = (await Promise.all([sweep(host), sweep(other)])).flat()
  expect(gone).toEqual([held.order.worktree_path])
})

test('H40 a repository that is gone, or cannot be read, stops no sweep', async () => {
  const { machine, host, held } = await vanish()
  expect(await listKnownRoots(host)).toEqual([held.root])
  await rename(join(held.root, '.git'), join(held.root, 'elsewhere'))
  expect(await sweep(host)).toEqual([])
  expect(await isThere(held.order.worktree_path)).toBe(true)
  await rm(held.root, { recursive: true })
  expect(await sweep(host)).toEqual([])
  expect(await listKnownRoots(host)).toEqual([])
  expect(await readdir(machine.worktreesDir)).toHaveLength(1)
})

/** A job that was taken by a host whose process is gone since then, and a host of another process of the data folder. */
async function vanish(wish: { stories?: number } = {}) {
  const { api } = await person()
  const place = await makeWorkplace(api, wish)
  const lost = await makeHost(api, place.machine)
  const held = await takeWork(lost, makeAgent(lost))
  held.letGo()
  return { api, ...place, held, host: await makeHost(api, place.machine) }
}

async function remainsOf(jobId: string) {
  const { rows } = await db.pool.query(
    'select claim_no, rescue_ref, cleaned_at is not null as cleaned from job_attempts where job_id = $1 order by claim_no',
    [jobId],
  )
  return rows
}

async function sweep(host: Host): Promise<string[]> {
  return (await sweepWorktrees(host)).map(({ path }) => path)
}
