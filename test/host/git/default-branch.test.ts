import { describe, expect, test } from 'vitest'
import { readDefaultBranch } from '../../../src/host/git/default-branch.ts'
import { originTip } from '../../../src/host/git/origin.ts'
import { commitElsewhere, headOf, makeClone, makeMachine, makeRemote, openFor, sh } from '../../support/repositories.ts'

describe("origin's default branch", () => {
  test.each(['trunk', 'develop/2.x'])('H37 a repository whose default branch is %s works', async name => {
    const machine = await makeMachine()
    const remote = await makeRemote(machine, 'remote.git', name)
    await commitElsewhere(remote, 'main', 'decoy.txt')
    const root = await makeClone(machine, remote)
    expect(await readDefaultBranch(machine.git, root)).toEqual({ name, tip: await headOf(remote, name) })
    expect((await openFor(machine, root)).baseSha).toBe(await headOf(remote, name))
  })

  test('H37 a repository without commits gets a clear error', async () => {
    const machine = await makeMachine()
    await sh(machine.dir, 'init', '--quiet', '--bare', 'empty.git')
    const root = await makeClone(machine, `${machine.dir}/empty.git`)
    const refusal = {
      code: 'REPO_NOT_CONFIGURED',
      message: expect.stringContaining('no commits'),
      hint: expect.stringContaining('Push'),
    }
    await expect(readDefaultBranch(machine.git, root)).rejects.toMatchObject(refusal)
    await expect(openFor(machine, root)).rejects.toMatchObject(refusal)
  })

  test('H37 a HEAD that names no branch means the only branch there is, and none of several', async () => {
    const machine = await makeMachine()
    const remote = await makeRemote(machine)
    await sh(remote, 'symbolic-ref', 'HEAD', 'refs/heads/master')
    const root = await makeClone(machine, remote)
    expect((await readDefaultBranch(machine.git, root)).name).toBe('main')
    await sh(remote, 'branch', 'second', 'main')
    await expect(readDefaultBranch(machine.git, root)).rejects.toMatchObject({
      message: expect.stringContaining('no default branch'),
    })
  })

  test('a repository without a remote called origin gets a clear error', async () => {
    const machine = await makeMachine()
    const root = await makeClone(machine, await makeRemote(machine))
    await sh(root, 'remote', 'rename', 'origin', 'upstream')
    await expect(openFor(machine, root)).rejects.toMatchObject({
      code: 'REPO_NOT_CONFIGURED',
      hint: expect.stringContaining('remote add origin'),
    })
  })

  test('the tip of a branch is what origin says now, null where there is none', async () => {
    const machine = await makeMachine()
    const remote = await makeRemote(machine)
    const root = await makeClone(machine, remote)
    const sha = await commitElsewhere(remote, 'feat/x', 'x.txt')
    expect(await originTip(machine.git, root, 'feat/x')).toBe(sha)
    expect(await originTip(machine.git, root, 'x')).toBeNull()
  })
})
