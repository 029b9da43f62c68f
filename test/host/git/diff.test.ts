import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { changedPaths, worktreeStatus } from '../../../src/host/git/diff.ts'
import {
  commitElsewhere,
  commitFile,
  headOf,
  makeClone,
  makeMachine,
  makeRemote,
  openFor,
  sh,
  writeFiles,
} from '../../support/repositories.ts'

async function makeStage() {
  const machine = await makeMachine()
  const remote = await makeRemote(machine)
  const root = await makeClone(machine, remote)
  return { machine, remote, root, base: await headOf(root) }
}

const ODD = ['a b.txt', 'tab\tand\nnewline', '"quoted"', '--option', 'ünïcödé', '$(touch harm)', ' => {x => y}', '-']

describe('changed paths', () => {
  test('renames count with both names, deletions count, a binary file is one line', async () => {
    const { machine, root } = await makeStage()
    await writeFiles(root, { 'old.txt': 'one\ntwo\nthree\nfour\n', 'gone.txt': 'a\nb\n', 'src/edit.txt': 'a\nb\nc\n' })
    await sh(root, 'add', '.')
    await sh(root, 'commit', '--quiet', '-m', 'Before')
    const base = await headOf(root)
    await rename(join(root, 'old.txt'), join(root, 'new name.txt'))
    await rm(join(root, 'gone.txt'))
    await writeFiles(root, { 'src/edit.txt': 'a\nB\nc\nd\n' })
    await writeFile(join(root, 'image.png'), Buffer.from([0, 1, 2, 0, 255]))
    await sh(root, 'add', '--all')
    await sh(root, 'commit', '--quiet', '-m', 'After')
    const { paths, changedLines } = await changedPaths(machine.git, root, base, await headOf(root))
    expect(paths.sort()).toEqual(['gone.txt', 'image.png', 'new name.txt', 'old.txt', 'src/edit.txt'])
    expect(changedLines).toBe(2 + 1 + 0 + 3)
  })

  test('H39 any name of a file is told as it is', async () => {
    const { machine, root, base } = await makeStage()
    await writeFiles(root, Object.fromEntries(ODD.map(name => [name, 'x\n'])))
    await sh(root, 'add', '--all')
    await sh(root, 'commit', '--quiet', '-m', 'Odd')
    const { paths, changedLines } = await changedPaths(machine.git, root, base, await headOf(root))
    expect(paths.sort()).toEqual([...ODD].sort())
    expect(changedLines).toBe(ODD.length)
  })

  test("H62 origin's default branch moves between attempts, and the diff holds the job's own changes only", async () => {
    const { machine, remote, root } = await makeStage()
    const first = await openFor(machine, root)
    await commitElsewhere(remote, 'main', 'of-others.txt')
    const { path, baseSha } = await openFor(machine, root, { claimNo: 2, baseSha: first.baseSha })
    const head = await commitFile(path, 'mine.txt', 'x\n')
    expect(await changedPaths(machine.git, path, baseSha, head)).toEqual({ paths: ['mine.txt'], changedLines: 1 })
    const newest = await headOf(remote, 'main')
    await sh(path, 'fetch', '--quiet', 'origin')
    expect((await changedPaths(machine.git, path, newest, head)).paths).toEqual(['mine.txt'])
  })

  test('a configuration that dresses up diffs changes nothing', async () => {
    const { machine, root, base } = await makeStage()
    for (const [key, value] of [
      ['diff.external', 'false'],
      ['diff.noprefix', 'true'],
      ['color.ui', 'always'],
      ['diff.renames', 'false'],
    ]) {
      await sh(root, 'config', key ?? '', value ?? '')
    }
    const head = await commitFile(root, 'x.txt', 'x\n')
    expect(await changedPaths(machine.git, root, base, head)).toEqual({ paths: ['x.txt'], changedLines: 1 })
    expect(await changedPaths(machine.git, root, head, head)).toEqual({ paths: [], changedLines: 0 })
  })

  test('H39 what is no commit id is refused', async () => {
    const { machine, root, base } = await makeStage()
    const diff = changedPaths(machine.git, root, '--output=harm', base)
    await expect(diff).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  })
})

describe('status', () => {
  test('changed, staged, deleted, conflicted and untracked paths are dirty, ignored ones are not', async () => {
    const { machine, root } = await makeStage()
    await writeFiles(root, { '.gitignore': 'ignored\n', 'deleted.txt': 'x', 'moved.txt': 'moved\n', 'both.txt': 'a\n' })
    await sh(root, 'add', '.')
    await sh(root, 'commit', '--quiet', '-m', 'Before')
    await sh(root, 'checkout', '--quiet', '-b', 'side')
    await commitFile(root, 'both.txt', 'side\n')
    await sh(root, 'checkout', '--quiet', 'main')
    const head = await commitFile(root, 'both.txt', 'main\n')
    await expect(sh(root, 'merge', 'side')).rejects.toThrow()
    await sh(root, 'mv', 'moved.txt', 'moved there.txt')
    await rm(join(root, 'deleted.txt'))
    await writeFiles(root, {
      ...Object.fromEntries(ODD.map(name => [name, 'x'])),
      'README.md': 'changed',
      ignored: 'x',
      'new/file': 'x',
    })
    const status = await worktreeStatus(machine.git, root)
    expect(status).toMatchObject({ headSha: head, branch: 'main' })
    const expected = [...ODD, 'README.md', 'both.txt', 'deleted.txt', 'moved.txt', 'moved there.txt', 'new/file']
    expect(status.dirty.sort()).toEqual(expected.sort())
  })

  test('a clean detached worktree has no branch and nothing dirty', async () => {
    const { machine, root, base } = await makeStage()
    await sh(root, 'checkout', '--quiet', '--detach')
    expect(await worktreeStatus(machine.git, root)).toEqual({ headSha: base, branch: null, dirty: [] })
    await sh(root, 'checkout', '--quiet', '--orphan', 'empty')
    await expect(worktreeStatus(machine.git, root)).rejects.toMatchObject({ code: 'GIT_FAILED' })
  })
})
