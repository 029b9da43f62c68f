import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { managedClonePath } from '../../../src/host/git/managed-clone.ts'
import { findRoot, makeClone, makeCloneOf, makeMachine, makeRemote, sh } from '../../support/repositories.ts'

const SHOP = 'https://github.com/acme/shop.git'
const API = 'https://github.com/acme/api.git'

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
    expect(await findRoot(machine, wanted, { env, repoRoots })).toEqual({ path: byEnv, url: remote, managed: false })
    expect(await findRoot(machine, wanted, { repoRoots, env: { SCRUM4ME_REPO_ROOT_prod_1: '' } })).toMatchObject({
      path: byConfig,
    })
    expect(await findRoot(machine, wanted)).toMatchObject({
      path: managedClonePath(machine.dataDir, remote),
      managed: true,
    })
    const guess = await makeClone(machine, remote, 'home/Projects/shop')
    expect(await findRoot(machine, wanted)).toEqual({ path: guess, url: remote, managed: false })
  })

  test('the root of a task with a repository of its own goes by the name of that repository', async () => {
    const machine = await makeMachine()
    const wanted = { productRepoUrl: SHOP, taskRepoUrl: API }
    const [byEnv, byConfig, guess] = [
      await makeCloneOf(machine, API, 'by-env'),
      await makeCloneOf(machine, API, 'by-config'),
      await makeCloneOf(machine, API, 'home/Projects/api'),
    ]
    const env = { SCRUM4ME_REPO_ROOT_REPO_api: byEnv }
    const repoRoots = { api: byConfig, prod_1: await makeCloneOf(machine, SHOP, 'product') }
    expect(await findRoot(machine, wanted, { env, repoRoots })).toMatchObject({ path: byEnv })
    expect(await findRoot(machine, wanted, { repoRoots })).toMatchObject({ path: byConfig })
    expect(await findRoot(machine, wanted)).toMatchObject({ path: guess, url: API })
  })

  test("a task that names the product's own repository is content with the product's root", async () => {
    const machine = await makeMachine()
    const path = await makeCloneOf(machine, 'git@github.com:acme/shop.git', 'product')
    const wanted = { productRepoUrl: SHOP, taskRepoUrl: 'https://github.com/Acme/Shop' }
    expect(await findRoot(machine, wanted, { repoRoots: { prod_1: path } })).toMatchObject({ path, managed: false })
  })

  test('variables are found as they are and as a shell can export them, and ~ is the home folder', async () => {
    const machine = await makeMachine()
    const url = 'https://github.com/acme/my-api.js'
    const path = await makeCloneOf(machine, url, 'home/code/api')
    const wanted = { taskRepoUrl: url }
    expect(await findRoot(machine, wanted, { env: { 'SCRUM4ME_REPO_ROOT_REPO_my-api.js': path } })).toMatchObject({
      path,
    })
    expect(await findRoot(machine, wanted, { env: { SCRUM4ME_REPO_ROOT_REPO_my_api_js: '~/code/api' } })).toMatchObject(
      {
        path,
      },
    )
  })

  test('a product without a URL needs a named root, and the error says how', async () => {
    const machine = await makeMachine()
    const path = await makeCloneOf(machine, SHOP, 'product')
    expect(await findRoot(machine, {}, { repoRoots: { prod_1: path } })).toEqual({ path, url: SHOP, managed: false })
    await expect(findRoot(machine, { productId: 'constructor' })).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
      hint: expect.stringContaining('SCRUM4ME_REPO_ROOT_constructor'),
    })
  })
})

describe('named roots', () => {
  test('H42 a named root that is a clone of another repository is an error that names both', async () => {
    const machine = await makeMachine()
    const path = await makeCloneOf(machine, 'https://me:secret@github.com/acme/other.git', 'other')
    const found = findRoot(machine, { productRepoUrl: SHOP }, { repoRoots: { prod_1: path } })
    await expect(found).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
      message: expect.stringMatching(/^(?=.*github\.com\/acme\/other)(?=.*github\.com\/acme\/shop)(?!.*secret)/),
    })
  })

  test('H42 a root that fetches from the repository and pushes to another is refused', async () => {
    const machine = await makeMachine()
    const path = await makeCloneOf(machine, SHOP, 'shop')
    await sh(path, 'config', 'remote.origin.pushurl', 'https://github.com/someone/shop')
    const settings = { repoRoots: { prod_1: path } }
    await expect(findRoot(machine, { productRepoUrl: SHOP }, settings)).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
    })
    await sh(path, 'config', 'remote.origin.pushurl', 'git@github.com:acme/shop')
    expect(await findRoot(machine, { productRepoUrl: SHOP }, settings)).toMatchObject({ path })
  })

  test.each(['prod_1', 'shop', SHOP, 'github.com/acme/shop'])(
    'an ssh alias or a mirror is allowed under %s',
    async key => {
      const machine = await makeMachine()
      const path = await makeCloneOf(machine, 'work:acme/shop', 'shop')
      const settings = { repoRoots: { prod_1: path }, allowOrigin: { [key]: ['work:acme/shop.git'] } }
      expect(await findRoot(machine, { productRepoUrl: SHOP }, settings)).toMatchObject({ path })
    },
  )

  test('a spelling that git rewrites by insteadOf is recognised', async () => {
    const machine = await makeMachine()
    const path = await makeCloneOf(machine, 'gh:acme/shop', 'shop')
    await sh(path, 'config', 'url.git@github.com:.insteadOf', 'gh:')
    expect(await findRoot(machine, { productRepoUrl: SHOP }, { repoRoots: { prod_1: path } })).toMatchObject({ path })
  })

  test.each([
    ['a folder that is gone', 'gone', []],
    ['a plain folder inside another repository', 'outer/inside', ['outer']],
    ['a folder inside the repository', 'shop/src', ['shop']],
  ])('%s is an error that says what to do', async (_, name, clones) => {
    const machine = await makeMachine()
    for (const clone of clones) await makeCloneOf(machine, SHOP, clone)
    if (clones.length > 0) await mkdir(join(machine.dir, name))
    const found = findRoot(
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
    const found = findRoot(await makeMachine(), { productRepoUrl: SHOP }, { repoRoots: { prod_1: 'code/shop' } })
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
    expect(await findRoot(machine, { productRepoUrl: remote }, { repoRoots: { prod_1: link } })).toMatchObject({
      path: link,
    })
  })
})
