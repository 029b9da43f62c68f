import { mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { managedClonePath } from '../../../src/host/git/managed-clone.ts'
import { findRepositoryRoot, type RootSettings, type WantedRepository } from '../../../src/host/git/repository-root.ts'
import {
  commitElsewhere,
  headOf,
  type Machine,
  makeClone,
  makeMachine,
  makeRemote,
  sh,
  writeFiles,
} from '../../support/repositories.ts'

const SHOP = 'https://github.com/acme/shop.git'
const API = 'https://github.com/acme/api.git'

function find(machine: Machine, wanted: Partial<WantedRepository>, settings: Partial<RootSettings> = {}) {
  const usual = { env: {}, repoRoots: {}, allowOrigin: {}, homeDir: machine.home, dataDir: machine.dataDir }
  return findRepositoryRoot(
    machine.git,
    { ...usual, ...settings },
    { productId: 'prod_1', productRepoUrl: null, taskRepoUrl: null, ...wanted },
  )
}

/** A clone whose origin says `url`, which nobody asks in these tests. */
async function cloneOf(machine: Machine, url: string, name: string): Promise<string> {
  const path = join(machine.dir, name)
  await sh(machine.dir, 'init', '--quiet', path)
  await sh(path, 'remote', 'add', 'origin', url)
  return path
}

describe('order', () => {
  test('the root of a product: the variable, then the configuration, then ~/Projects, then a clone of our own', async () => {
    const machine = await makeMachine()
    const remote = await makeRemote(machine, 'shop.git')
    const [byEnv, byConfig] = [
      await makeClone(machine, remote, 'by-env'),
      await makeClone(machine, remote, 'by-config'),
    ]
    const wanted = { productRepoUrl: remote }
    const repoRoots = { prod_1: byConfig }
    const env = { SCRUM4ME_REPO_ROOT_prod_1: byEnv }
    expect(await find(machine, wanted, { env, repoRoots })).toEqual({ path: byEnv, url: remote, managed: false })
    expect(await find(machine, wanted, { repoRoots, env: { SCRUM4ME_REPO_ROOT_prod_1: '' } })).toMatchObject({
      path: byConfig,
    })
    expect(await find(machine, wanted)).toMatchObject({
      path: managedClonePath(machine.dataDir, remote),
      managed: true,
    })
    const guess = await makeClone(machine, remote, 'home/Projects/shop')
    expect(await find(machine, wanted)).toEqual({ path: guess, url: remote, managed: false })
  })

  test('the root of a task with a repository of its own goes by the name of that repository', async () => {
    const machine = await makeMachine()
    const wanted = { productRepoUrl: SHOP, taskRepoUrl: API }
    const [byEnv, byConfig, guess] = [
      await cloneOf(machine, API, 'by-env'),
      await cloneOf(machine, API, 'by-config'),
      await cloneOf(machine, API, 'home/Projects/api'),
    ]
    const env = { SCRUM4ME_REPO_ROOT_REPO_api: byEnv }
    const repoRoots = { api: byConfig, prod_1: await cloneOf(machine, SHOP, 'product') }
    expect(await find(machine, wanted, { env, repoRoots })).toMatchObject({ path: byEnv })
    expect(await find(machine, wanted, { repoRoots })).toMatchObject({ path: byConfig })
    expect(await find(machine, wanted)).toMatchObject({ path: guess, url: API })
  })

  test("a task that names the product's own repository is content with the product's root", async () => {
    const machine = await makeMachine()
    const path = await cloneOf(machine, 'git@github.com:acme/shop.git', 'product')
    const wanted = { productRepoUrl: SHOP, taskRepoUrl: 'https://github.com/Acme/Shop' }
    expect(await find(machine, wanted, { repoRoots: { prod_1: path } })).toMatchObject({ path, managed: false })
  })

  test('variables are found as they are and as a shell can export them, and ~ is the home folder', async () => {
    const machine = await makeMachine()
    const url = 'https://github.com/acme/my-api.js'
    const path = await cloneOf(machine, url, 'home/code/api')
    const wanted = { taskRepoUrl: url }
    expect(await find(machine, wanted, { env: { 'SCRUM4ME_REPO_ROOT_REPO_my-api.js': path } })).toMatchObject({ path })
    expect(await find(machine, wanted, { env: { SCRUM4ME_REPO_ROOT_REPO_my_api_js: '~/code/api' } })).toMatchObject({
      path,
    })
  })

  test('a product without a URL needs a named root, and the error says how', async () => {
    const machine = await makeMachine()
    const path = await cloneOf(machine, SHOP, 'product')
    expect(await find(machine, {}, { repoRoots: { prod_1: path } })).toEqual({ path, url: SHOP, managed: false })
    await expect(find(machine, { productId: 'constructor' })).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
      hint: expect.stringContaining('SCRUM4ME_REPO_ROOT_constructor'),
    })
  })
})

describe('named roots', () => {
  test('H42 a named root that is a clone of another repository is an error that names both', async () => {
    const machine = await makeMachine()
    const path = await cloneOf(machine, 'https://me:secret@github.com/acme/other.git', 'other')
    const found = find(machine, { productRepoUrl: SHOP }, { repoRoots: { prod_1: path } })
    await expect(found).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
      message: expect.stringMatching(/^(?=.*github\.com\/acme\/other)(?=.*github\.com\/acme\/shop)(?!.*secret)/),
    })
  })

  test('H42 a root that fetches from the repository and pushes to another is refused', async () => {
    const machine = await makeMachine()
    const path = await cloneOf(machine, SHOP, 'shop')
    await sh(path, 'config', 'remote.origin.pushurl', 'https://github.com/someone/shop')
    const settings = { repoRoots: { prod_1: path } }
    await expect(find(machine, { productRepoUrl: SHOP }, settings)).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
    })
    await sh(path, 'config', 'remote.origin.pushurl', 'git@github.com:acme/shop')
    expect(await find(machine, { productRepoUrl: SHOP }, settings)).toMatchObject({ path })
  })

  test.each(['prod_1', 'shop', SHOP, 'github.com/acme/shop'])(
    'an ssh alias or a mirror is allowed under %s',
    async key => {
      const machine = await makeMachine()
      const path = await cloneOf(machine, 'work:acme/shop', 'shop')
      const settings = { repoRoots: { prod_1: path }, allowOrigin: { [key]: ['work:acme/shop.git'] } }
      expect(await find(machine, { productRepoUrl: SHOP }, settings)).toMatchObject({ path })
    },
  )

  test('a spelling that git rewrites by insteadOf is recognised', async () => {
    const machine = await makeMachine()
    const path = await cloneOf(machine, 'gh:acme/shop', 'shop')
    await sh(path, 'config', 'url.git@github.com:.insteadOf', 'gh:')
    expect(await find(machine, { productRepoUrl: SHOP }, { repoRoots: { prod_1: path } })).toMatchObject({ path })
  })

  test.each([
    ['a folder that is gone', 'gone', []],
    ['a plain folder inside another repository', 'outer/inside', ['outer']],
    ['a folder inside the repository', 'shop/src', ['shop']],
  ])('%s is an error that says what to do', async (_, name, clones) => {
    const machine = await makeMachine()
    for (const clone of clones) await cloneOf(machine, SHOP, clone)
    if (clones.length > 0) await mkdir(join(machine.dir, name))
    const found = find(
      machine,
      { productRepoUrl: SHOP },
      { env: { SCRUM4ME_REPO_ROOT_prod_1: join(machine.dir, name) } },
    )
    await expect(found).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
      message: expect.stringContaining('SCRUM4ME_REPO_ROOT_prod_1'),
      hint: expect.stringContaining('Clone https://github.com/acme/shop.git there'),
    })
  })

  test('a relative path is refused', async () => {
    const found = find(await makeMachine(), { productRepoUrl: SHOP }, { repoRoots: { prod_1: 'code/shop' } })
    await expect(found).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
      message: expect.stringContaining('absolute'),
    })
  })

  test('a bare repository and a link to a repository will do', async () => {
    const machine = await makeMachine()
    const remote = await makeRemote(machine, 'shop.git')
    await sh(machine.dir, 'clone', '--quiet', '--bare', remote, 'bare')
    await symlink(join(machine.dir, 'bare'), join(machine.dir, 'link'))
    const link = join(machine.dir, 'link')
    expect(await find(machine, { productRepoUrl: remote }, { repoRoots: { prod_1: link } })).toMatchObject({
      path: link,
    })
  })
})

describe('guessed roots and clones of our own', () => {
  test.each(['https://gitlab.com/acme/shop', 'https://github.com/other/shop'])(
    'H43 a folder with the right name but the origin %s is passed over',
    async url => {
      const machine = await makeMachine()
      await cloneOf(machine, url, 'home/Projects/shop')
      const remote = await makeRemote(machine, 'shop.git')
      expect(await find(machine, { productRepoUrl: remote })).toMatchObject({ managed: true })
    },
  )

  test('H42 a folder without a repository, inside a repository, is not taken for one', async () => {
    const machine = await makeMachine()
    const remote = await makeRemote(machine, 'shop.git')
    await sh(machine.home, 'clone', '--quiet', '--bare', remote, '.git')
    await mkdir(join(machine.home, 'Projects/shop'), { recursive: true })
    expect(await find(machine, { productRepoUrl: remote })).toMatchObject({ managed: true })
  })

  test("H42 a task's repository that cannot be had is an error, never the product's", async () => {
    const machine = await makeMachine()
    const product = await makeClone(machine, await makeRemote(machine, 'shop.git'), 'home/Projects/shop')
    const wanted = { productRepoUrl: join(machine.dir, 'shop.git'), taskRepoUrl: join(machine.dir, 'missing/api.git') }
    const found = find(machine, wanted, { repoRoots: { prod_1: product } })
    await expect(found).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
      message: expect.stringContaining('missing/api.git'),
    })
    expect(await readdir(join(machine.dataDir, 'repos/file'))).toEqual([])
  })

  test('H42 the clone is of the repository of the task, and a job can start in it', async () => {
    const machine = await makeMachine()
    const [shop, api] = [await makeRemote(machine, 'shop.git'), await makeRemote(machine, 'api.git')]
    const root = await find(machine, { productRepoUrl: shop, taskRepoUrl: `file://${api}` })
    expect(await headOf(root.path, 'refs/remotes/origin/main')).toBe(await headOf(api, 'main'))
    expect(await find(machine, { productRepoUrl: shop, taskRepoUrl: api })).toMatchObject({ path: root.path })
  })

  test('H41 ten jobs that want one clone at once get one whole clone, in two processes too', async () => {
    const machine = await makeMachine()
    const remote = await makeRemote(machine, 'shop.git')
    const other = { ...machine, git: machine.gitWith({}) }
    const tries = Array.from({ length: 10 }, (_, i) => find(i % 2 ? machine : other, { productRepoUrl: remote }))
    expect(new Set((await Promise.all(tries)).map(root => root.path)).size).toBe(1)
    expect((await readdir(join(machine.dataDir, 'repos/file'))).length).toBe(1)
  })

  test('H40 a half-made clone of a dead process is removed, and a deleted clone is made again', async () => {
    const machine = await makeMachine()
    const remote = await makeRemote(machine, 'shop.git')
    const path = managedClonePath(machine.dataDir, remote)
    const name = path.slice(path.lastIndexOf('/') + 1)
    await writeFiles(join(machine.dataDir, 'repos/file'), { [`.${name}.clone-${process.pid}-x/half`]: '' })
    expect(await find(machine, { productRepoUrl: remote })).toMatchObject({ path })
    expect(await readdir(join(machine.dataDir, 'repos/file'))).toEqual([name])
    await rm(path, { recursive: true })
    await commitElsewhere(remote, 'main', 'new.txt')
    expect(await headOf((await find(machine, { productRepoUrl: remote })).path, 'origin/main')).toBe(
      await headOf(remote, 'main'),
    )
  })

  test("a folder in the clone's place that is no clone is left alone, with an error that says so", async () => {
    const machine = await makeMachine()
    const remote = await makeRemote(machine, 'shop.git')
    const path = managedClonePath(machine.dataDir, remote)
    await writeFiles(path, { 'notes.txt': 'mine' })
    const found = find(machine, { productRepoUrl: remote })
    await expect(found).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
      hint: expect.stringContaining('move it away'),
    })
    expect(await readdir(path)).toEqual(['notes.txt'])
  })

  test('H39 an address that is none is refused before git sees it, and odd names get a folder inside ours', async () => {
    const machine = await makeMachine()
    for (const url of ['ext::sh -c "touch harm"', '--upload-pack=touch harm', 'git@host:../../harm']) {
      await expect(find(machine, { taskRepoUrl: url })).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    }
    expect(managedClonePath('/data', 'https://GitHub.com/Acme/Shop.git')).toBe('/data/repos/github.com/acme/shop')
    expect(managedClonePath('/data', 'git@gitlab.com:a/b/c.git')).toBe('/data/repos/gitlab.com/a/b/c')
    const odd = await makeRemote(machine, "it's $(touch harm) --läden\n".trim())
    const root = await find(machine, { productRepoUrl: odd })
    expect(await headOf(root.path, 'origin/main')).toBe(await headOf(odd, 'main'))
  })
})
