import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { managedClonePath } from '../../../src/host/git/managed-clone.ts'
import {
  commitElsewhere,
  findRoot,
  headOf,
  makeClone,
  makeCloneOf,
  makeMachine,
  makeRemote,
  sh,
  writeFiles,
} from '../../support/repositories.ts'

describe('guessed roots and clones of our own', () => {
  test.each(['https://gitlab.com/acme/shop', 'https://github.com/other/shop'])(
    'H43 a folder with the right name but the origin %s is passed over',
    async url => {
      const machine = await makeMachine()
      await makeCloneOf(machine, url, 'home/Projects/shop')
      const remote = await makeRemote(machine, 'shop.git')
      expect(await findRoot(machine, { productRepoUrl: remote })).toMatchObject({ managed: true })
    },
  )

  test('H42 a folder without a repository, inside a repository, is not taken for one', async () => {
    const machine = await makeMachine()
    const remote = await makeRemote(machine, 'shop.git')
    await sh(machine.home, 'clone', '--quiet', '--bare', remote, '.git')
    await mkdir(join(machine.home, 'Projects/shop'), { recursive: true })
    expect(await findRoot(machine, { productRepoUrl: remote })).toMatchObject({ managed: true })
  })

  test("H42 a task's repository that cannot be had is an error, never the product's", async () => {
    const machine = await makeMachine()
    const product = await makeClone(machine, await makeRemote(machine, 'shop.git'), 'home/Projects/shop')
    const wanted = { productRepoUrl: join(machine.dir, 'shop.git'), taskRepoUrl: join(machine.dir, 'missing/api.git') }
    const found = findRoot(machine, wanted, { repoRoots: { prod_1: product } })
    await expect(found).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
      message: expect.stringContaining('missing/api.git'),
    })
    expect(await readdir(join(machine.dataDir, 'repos/file'))).toEqual([])
  })

  test('H42 the clone is of the repository of the task, and a job can start in it', async () => {
    const machine = await makeMachine()
    const [shop, api] = [await makeRemote(machine, 'shop.git'), await makeRemote(machine, 'api.git')]
    const root = await findRoot(machine, { productRepoUrl: shop, taskRepoUrl: `file://${api}` })
    expect(await headOf(root.path, 'refs/remotes/origin/main')).toBe(await headOf(api, 'main'))
    expect(await findRoot(machine, { productRepoUrl: shop, taskRepoUrl: api })).toMatchObject({ path: root.path })
  })

  test('H41 ten jobs that want one clone at once get one whole clone, in two processes too', async () => {
    const machine = await makeMachine()
    const remote = await makeRemote(machine, 'shop.git')
    const other = { ...machine, git: machine.gitWith({}) }
    const tries = Array.from({ length: 10 }, (_, i) => findRoot(i % 2 ? machine : other, { productRepoUrl: remote }))
    expect(new Set((await Promise.all(tries)).map(root => root.path)).size).toBe(1)
    expect((await readdir(join(machine.dataDir, 'repos/file'))).length).toBe(1)
  })

  test('H40 a half-made clone of a dead process is removed, and a deleted clone is made again', async () => {
    const machine = await makeMachine()
    const remote = await makeRemote(machine, 'shop.git')
    const path = managedClonePath(machine.dataDir, remote)
    const name = path.slice(path.lastIndexOf('/') + 1)
    await writeFiles(join(machine.dataDir, 'repos/file'), { [`.${name}.clone-${randomUUID()}/half`]: '' })
    expect(await findRoot(machine, { productRepoUrl: remote })).toMatchObject({ path })
    expect(await readdir(join(machine.dataDir, 'repos/file'))).toEqual([name])
    await rm(path, { recursive: true })
    await commitElsewhere(remote, 'main', 'new.txt')
    expect(await headOf((await findRoot(machine, { productRepoUrl: remote })).path, 'origin/main')).toBe(
      await headOf(remote, 'main'),
    )
  })

  test("a folder in the clone's place that is no clone is left alone, with an error that says so", async () => {
    const machine = await makeMachine()
    const remote = await makeRemote(machine, 'shop.git')
    const path = managedClonePath(machine.dataDir, remote)
    await writeFiles(path, { 'notes.txt': 'mine' })
    const found = findRoot(machine, { productRepoUrl: remote })
    await expect(found).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
      hint: expect.stringContaining('move it away'),
    })
    expect(await readdir(path)).toEqual(['notes.txt'])
  })

  test('H39 an address that is none is refused before git sees it, and odd names get a folder inside ours', async () => {
    const machine = await makeMachine()
    for (const url of ['ext::sh -c "touch harm"', '--upload-pack=touch harm', 'git@host:../../harm']) {
      await expect(findRoot(machine, { taskRepoUrl: url })).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    }
    expect(managedClonePath('/data', 'https://GitHub.com/Acme/Shop.git')).toBe('/data/repos/github.com/acme/shop')
    expect(managedClonePath('/data', 'git@gitlab.com:a/b/c.git')).toBe('/data/repos/gitlab.com/a/b/c')
    const odd = await makeRemote(machine, "it's $(touch harm) --läden\n".trim())
    const root = await findRoot(machine, { productRepoUrl: odd })
    expect(await headOf(root.path, 'origin/main')).toBe(await headOf(odd, 'main'))
  })
})
