import { access, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { listWorktrees } from '../../../src/host/git/list-worktrees.ts'
import { removeWorktree } from '../../../src/host/git/remove-worktree.ts'
import {
  commitElsewhere,
  commitFile,
  headOf,
  makeClone,
  makeMachine,
  makeRemote,
  makeStage,
  openFor,
  refsBelow,
  sh,
  writeFiles,
} from '../../support/repositories.ts'

const BRANCH = 'feat/story-abcd1234'
const RESCUE = 'refs/scrum4me/rescue'

describe('when it fails', () => {
  test('H24 a set-up that fails or is aborted leaves no folder, no entry and no branch, and can be repeated', async () => {
    const { machine, remote, root } = await makeStage()
    await commitElsewhere(remote, 'main', 'big.txt')
    await writeFiles(root, { '.git/info/attributes': '*.txt filter=stuck\n' })
    await sh(root, 'config', 'filter.stuck.required', 'true')
    await sh(root, 'config', 'filter.stuck.smudge', 'false')
    await expect(openFor(machine, root)).rejects.toMatchObject({ code: 'GIT_FAILED' })
    await sh(root, 'config', 'filter.stuck.smudge', `touch '${machine.dir}/started'; sleep 300`)
    const going = new AbortController()
    const aborted = expect(openFor(machine, root, {}, machine.git, going.signal)).rejects.toMatchObject({
      code: 'ABORTED',
    })
    await vi.waitFor(() => access(join(machine.dir, 'started')), 20_000)
    going.abort()
    await aborted
    expect((await listWorktrees(machine.git, root)).length).toBe(1)
    expect(await refsBelow(root, 'refs/heads')).toEqual({ 'refs/heads/main': await headOf(root, 'main') })
    await sh(root, 'config', 'filter.stuck.smudge', 'cat')
    expect((await openFor(machine, root)).path).toBe(join(machine.worktreesDir, 'job_1'))
  })

  test('H40 a place where no folder can be made is a clear error', async () => {
    const { machine, root } = await makeStage()
    await writeFile(machine.worktreesDir, 'a file')
    const opened = openFor(machine, root)
    await expect(opened).rejects.toMatchObject({
      code: 'GIT_FAILED',
      message: expect.stringContaining(machine.worktreesDir),
    })
    expect(await refsBelow(root, 'refs/heads/feat')).toEqual({})
  })

  test.each([
    ['a path outside', { path: '/tmp/elsewhere' }],
    ['a path that climbs out', { path: `/tmp/x/../../etc/x` }],
    ['a relative path', { path: 'job_1' }],
    ['an id that climbs out', { jobId: '../job_1' }],
    ['an id like an option', { jobId: '--force' }],
    ['a base that is no commit id', { baseSha: '--output=x' }],
  ])('H39 %s is refused', async (_, wish) => {
    const { machine, root } = await makeStage()
    await expect(openFor(machine, root, wish)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    expect((await listWorktrees(machine.git, root)).length).toBe(1)
  })

  test('a folder for worktrees that is reached by a link works all the way', async () => {
    const { machine, root } = await makeStage()
    await mkdir(join(machine.dir, 'real'))
    await symlink(join(machine.dir, 'real'), machine.worktreesDir)
    const first = await openFor(machine, root)
    await commitFile(first.path, 'work.txt', 'x')
    const second = await openFor(machine, root, { claimNo: 2 })
    expect(second.rescued).toEqual([`${RESCUE}/job_1/1`])
    for (const [index, { path }] of [first, second].entries()) {
      const removal = { root, path, jobId: 'job_1', claimNo: index + 1, worktreesDir: machine.worktreesDir }
      await removeWorktree(machine.git, removal)
    }
    expect((await listWorktrees(machine.git, root)).length).toBe(1)
  })

  test('H39 a link in the folder for worktrees does not lead out of it', async () => {
    const { machine, root } = await makeStage()
    await mkdir(machine.worktreesDir)
    await mkdir(join(machine.dir, 'outside'))
    await symlink(join(machine.dir, 'outside'), join(machine.worktreesDir, 'link'))
    const opened = openFor(machine, root, { path: join(machine.worktreesDir, 'link', 'job_1') })
    await expect(opened).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  })

  test('H39 what is no name for a branch is refused', async () => {
    const { machine, root } = await makeStage()
    for (const branch of ['--force', 'a\0b', '@{-1}', 'refs/../x', 'HEAD', ''])
      await expect(openFor(machine, root, { branch }), branch).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  })

  test('H39 odd names of branches do no harm', async () => {
    const { machine, remote, root } = await makeStage()
    const names = ['feat/$(touch-harm)', "feat/it's", 'feat/ünïcödé', 'feat/"quoted"', 'feat/a--b', '+feat', 'feat/;ls']
    for (const [i, branch] of names.entries()) {
      const opened = await openFor(machine, root, { branch, jobId: `job_${i}` })
      expect(await sh(opened.path, 'symbolic-ref', 'HEAD')).toBe(`refs/heads/${branch}`)
      const tip = await commitElsewhere(remote, branch, 'x.txt')
      const again = openFor(machine, root, { branch, jobId: `job_${i}`, claimNo: 2 })
      expect(await again).toMatchObject({ baseSha: tip, reusedBranch: true })
    }
  })

  test('H39 a tag of the same name and folders with odd names do no harm', async () => {
    const machine = await makeMachine()
    const remote = await makeRemote(machine, "--it's a $(touch harm) remote\nöf.git")
    const root = await makeClone(machine, remote, '-root "x"')
    await sh(root, 'tag', BRANCH)
    await commitElsewhere(remote, 'main', 'x.txt')
    const odd = { ...machine, worktreesDir: join(machine.dir, "work $(touch harm)\n'trees'") }
    const first = await openFor(odd, root)
    const work = await commitFile(first.path, 'work.txt', 'x')
    const second = await openFor(odd, root, { claimNo: 2 })
    expect([second.baseSha, second.rescued]).toEqual([await headOf(remote, 'main'), [`${RESCUE}/job_1/1`]])
    expect(await headOf(root, `${RESCUE}/job_1/1`)).toBe(work)
  })
})
