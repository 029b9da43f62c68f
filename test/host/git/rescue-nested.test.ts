import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { removeWorktree } from '../../../src/host/git/remove-worktree.ts'
import { rescueWorktree } from '../../../src/host/git/rescue.ts'
import {
  commitFile,
  filesOf,
  headOf,
  makeRemote,
  makeStage,
  openFor,
  refsBelow,
  sh,
  writeFiles,
} from '../../support/repositories.ts'

const RESCUE = 'refs/scrum4me/rescue/job_1/1'
const FILE_ALLOWED = ['-c', 'protocol.file.allow=always']

describe('a repository inside a worktree', () => {
  test('H26 that is a submodule: its commits and its files are kept when the worktree goes, on any branch of it', async () => {
    const { root, path, sub, remove } = await makeSubmodule()
    const work = await commitFile(sub, 'lib.txt', 'work')
    await sh(sub, 'checkout', '--quiet', '-b', 'side')
    const side = await commitFile(sub, 'side.txt', 'side')
    await sh(sub, 'checkout', '--quiet', '--detach', work)
    await writeFiles(sub, { 'draft.txt': 'not committed' })
    await sh(path, 'commit', '--quiet', '--all', '-m', 'Move the submodule')
    await sh(path, 'push', '--quiet', 'origin', 'HEAD')
    expect(await remove()).toMatch(/^refs\/scrum4me\/rescue\/job_1\/1-\d$/)
    await expectHere(root, [work, side], ['draft.txt', 'lib.txt'])
    expect(await sh(root, 'fsck', '--connectivity-only')).not.toContain('missing')
  })

  test('H26 that is a submodule whose folder was taken out again: git still has its commits, and they are kept', async () => {
    const { root, path, sub, remove } = await makeSubmodule()
    const work = await commitFile(sub, 'lib.txt', 'work')
    await sh(path, 'submodule', '--quiet', 'deinit', '--force', 'vendor/lib')
    await sh(path, 'rm', '--quiet', '-r', 'vendor/lib')
    await remove()
    await expectHere(root, [work])
  })

  test('that is a submodule as it was brought needs no rescue, nor does a clone', async () => {
    const { machine, root, path, remove } = await makeSubmodule()
    await sh(machine.dir, 'clone', '--quiet', join(machine.dir, 'lib.git'), join(path, 'copy'))
    await sh(path, 'add', 'copy')
    await sh(path, 'commit', '--quiet', '-m', 'Embed')
    await sh(path, 'push', '--quiet', 'origin', 'HEAD')
    expect(await remove()).toBeNull()
    expect(await refsBelow(root, 'refs/scrum4me')).toEqual({})
  })

  test('H26 that was cloned there and added as a mere commit id: its commits, stashes and files are kept', async () => {
    const { machine, root, path, remove } = await makeSubmodule()
    const copy = join(path, 'copy')
    await sh(machine.dir, 'clone', '--quiet', join(machine.dir, 'lib.git'), copy)
    const work = await commitFile(copy, 'work.txt', 'work')
    await writeFiles(copy, { 'README.md': 'stashed' })
    await sh(copy, 'stash', '--quiet')
    const stash = await headOf(copy, 'refs/stash')
    await sh(path, 'add', '--all')
    await sh(path, 'commit', '--quiet', '-m', 'All')
    await sh(path, 'push', '--quiet', 'origin', 'HEAD')
    await writeFiles(copy, { 'late.txt': 'not committed' })
    await remove()
    await expectHere(root, [work, stash], ['README.md', 'late.txt', 'work.txt'])
  })

  test('H26 that is inside another one: files and history of both are kept, and saving again makes no new ref', async () => {
    const { machine, root } = await makeStage()
    const { path } = await openFor(machine, root)
    const outer = await makeRepository(join(path, 'outer'))
    const first = await commitFile(outer, 'a.txt', 'a')
    const inner = await makeRepository(join(outer, 'inner'))
    const second = await commitFile(inner, 'b.txt', 'b')
    await writeFiles(path, { 'outer/inner/c.txt': 'c', 'outer/d.txt': 'd' })
    const claim = { root, path, jobId: 'job_1', claimNo: 1 }
    expect(await rescueWorktree(machine.git, claim)).toBe(RESCUE)
    expect(await filesOf(root, RESCUE)).toEqual([
      'README.md',
      'outer/a.txt',
      'outer/d.txt',
      'outer/inner/b.txt',
      'outer/inner/c.txt',
    ])
    await expectHere(root, [first, second])
    const refs = await refsBelow(root, 'refs/scrum4me')
    expect(await rescueWorktree(machine.git, claim)).toBe(RESCUE)
    expect(await refsBelow(root, 'refs/scrum4me')).toEqual(refs)
  })

  test('H26 of which something cannot be saved keeps its worktree where it is, and all else is saved', async () => {
    const { root, path, sub, remove } = await makeSubmodule()
    await commitFile(sub, 'lib.txt', 'work')
    const work = await commitFile(path, 'work.txt', 'work')
    const gitDir = await sh(sub, 'rev-parse', '--absolute-git-dir')
    const tree = await headOf(sub, 'HEAD^{tree}')
    await rm(join(gitDir, 'objects', tree.slice(0, 2), tree.slice(2)))
    await expect(remove()).rejects.toMatchObject({
      code: 'GIT_FAILED',
      message: expect.stringContaining('vendor/lib'),
      hint: expect.stringContaining('keep what is of use'),
    })
    await expectHere(root, [work])
    expect(await headOf(path)).toBe(work)
  })
})

/** A worktree with a submodule, as its repository wants it. */
async function makeSubmodule() {
  const { machine, remote, root: clone } = await makeStage()
  const lib = await makeRemote(machine, 'lib.git')
  await sh(clone, ...FILE_ALLOWED, 'submodule', '--quiet', 'add', lib, 'vendor/lib')
  await sh(clone, 'commit', '--quiet', '-m', 'Add a submodule')
  await sh(clone, 'push', '--quiet', 'origin', 'main')
  const root = join(machine.dir, 'root')
  await sh(machine.dir, 'clone', '--quiet', remote, root)
  const { path } = await openFor(machine, root)
  await sh(path, ...FILE_ALLOWED, 'submodule', '--quiet', 'update', '--init')
  const { worktreesDir } = machine
  const remove = () => removeWorktree(machine.git, { root, path, worktreesDir, jobId: 'job_1', claimNo: 1 })
  return { machine, root, path, sub: join(path, 'vendor/lib'), remove }
}

async function makeRepository(path: string): Promise<string> {
  await sh('/', 'init', '--quiet', path)
  return path
}

/** Rescue refs of the repository have the commits, and one of them these files. */
async function expectHere(root: string, commits: string[], files?: string[]): Promise<void> {
  const refs = Object.keys(await refsBelow(root, 'refs/scrum4me/rescue'))
  const kept = (await sh(root, 'rev-list', ...refs)).split('\n')
  expect(kept).toEqual(expect.arrayContaining(commits))
  if (!files) return
  const trees = await Promise.all(refs.map(ref => filesOf(root, ref)))
  expect(trees).toContainEqual(expect.arrayContaining(files))
}
