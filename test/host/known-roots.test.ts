import { mkdir, readdir, readFile, rename, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listKnownRoots, rememberRoot } from '../../src/host/flows/known-roots.ts'
import { listStandingWorktrees } from '../../src/host/flows/standing-worktrees.ts'
import { sweepWorktrees } from '../../src/host/flows/sweep-worktrees.ts'
import { first } from '../support/backlog.ts'
import { loseAllLeases, makeAgent, makeHost, makeWorkplace, takeWork } from '../support/host.ts'
import { sh, writeFiles } from '../support/repositories.ts'
import { openTestServer } from '../support/server.ts'

const { db, server, person } = await openTestServer()

test('H40 a repository that is missing for a while is remembered, and one whose file is empty is written down again', async () => {
  const { api } = await person()
  const { machine } = await makeWorkplace(api, { queued: false })
  const host = await makeHost(api, machine)
  const root = join(machine.dir, 'stick')
  await mkdir(root)
  await rememberRoot(host, root)
  await rename(root, `${root}.away`)
  expect(await listKnownRoots(host)).toEqual([])
  await rename(`${root}.away`, root)
  expect(await listKnownRoots(host)).toEqual([root])
  const folder = join(machine.dataDir, 'roots')
  await truncate(join(folder, first(await readdir(folder))))
  expect(await listKnownRoots(host)).toEqual([])
  await rememberRoot(host, root)
  expect(await listKnownRoots(host)).toEqual([root])
  expect(await readdir(folder)).toHaveLength(1)
})

test('H16 H40 a dead worktree is found behind 600 others of which the server knows nothing', async () => {
  const { api } = await person()
  const { machine } = await makeWorkplace(api)
  const host = await makeHost(api, machine)
  const held = await takeWork(host, makeAgent(host))
  held.letGo()
  const { root } = held
  const strange = Array.from({ length: 600 }, (_, n) =>
    join(machine.worktreesDir, `job_0_${String(n).padStart(3, '0')}`),
  )
  await strangers(root, strange)
  await loseAllLeases({ db, server })
  expect((await listStandingWorktrees(host)).filter(({ claim }) => claim === null)).toHaveLength(600)
  expect(await sweepWorktrees(host)).toMatchObject([{ path: held.order.worktree_path }])
})

/** Records of worktrees, as those of another server would be. */
async function strangers(root: string, paths: string[]): Promise<void> {
  const [made = ''] = paths
  const mark = 'Scrum4Me job job_0 claim 1'
  await sh(root, 'worktree', 'add', '--quiet', '--detach', '--lock', '--reason', mark, made, 'origin/main')
  const records = join(root, '.git', 'worktrees')
  const record = join(records, first((await readdir(records)).filter(name => name.startsWith('job_0_'))))
  const names = (await readdir(record)).filter(name => !['index', 'logs', 'refs'].includes(name))
  const parts = await Promise.all(names.map(async name => [name, await readFile(join(record, name), 'utf8')]))
  const copy = (path: string, n: number) =>
    writeFiles(join(records, `job_0_copy_${n}`), { ...Object.fromEntries(parts), gitdir: `${path}/.git\n` })
  await Promise.all(paths.slice(1).map(copy))
}
