import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { rescueWorktree } from '../../../src/host/git/rescue.ts'
import { saveCommit } from '../../../src/host/git/save-commit.ts'
import {
  commitFile,
  filesOf,
  headOf,
  type Machine,
  makeClone,
  makeMachine,
  makeRemote,
  openFor,
  refsBelow,
  sh,
  writeFiles,
} from '../../support/repositories.ts'

const RESCUE = 'refs/scrum4me/rescue/job_1'

async function makeWork() {
  const machine = await makeMachine()
  const root = await makeClone(machine, await makeRemote(machine))
  const { path, baseSha } = await openFor(machine, root)
  return { machine, root, path, baseSha, rescue: () => rescue(machine, root, path) }
}

function rescue(machine: Machine, root: string, path: string, claimNo = 1) {
  return rescueWorktree(machine.git, { root, path, jobId: 'job_1', claimNo })
}

describe('saving a worktree', () => {
  test('a clean worktree whose commits are on origin needs no rescue', async () => {
    const { root, path, rescue } = await makeWork()
    expect(await rescue()).toBeNull()
    await commitFile(path, 'work.txt', 'x')
    await sh(path, 'push', '--quiet', 'origin', 'HEAD')
    expect(await rescue()).toBeNull()
    expect(await refsBelow(root, 'refs/scrum4me')).toEqual({})
  })

  test('commits that origin lacks are saved as they are, and saving again changes nothing', async () => {
    const { root, path, rescue } = await makeWork()
    const work = await commitFile(path, 'work.txt', 'x')
    expect([await rescue(), await rescue()]).toEqual([`${RESCUE}/1`, `${RESCUE}/1`])
    expect(await refsBelow(root, 'refs/scrum4me')).toEqual({ [`${RESCUE}/1`]: work })
  })

  test('changed, deleted and untracked files of any name are saved on top of HEAD; ignored ones are not; nothing moves', async () => {
    const { root, path, baseSha, rescue } = await makeWork()
    await commitFile(path, 'deleted.txt', 'x')
    const head = await commitFile(path, '.gitignore', 'ignored\n')
    await rm(join(path, 'deleted.txt'))
    const odd = ['a b', 'new\nline', '--all', 'ünïcödé', '"q"', 'sub/deep/file']
    await writeFiles(path, {
      ...Object.fromEntries(odd.map(name => [name, 'x'])),
      'README.md': 'changed',
      ignored: 'x',
    })
    await writeFiles(path, { 'staged.txt': 'staged' })
    await sh(path, 'add', 'staged.txt')
    const before = await sh(path, 'status', '--porcelain', '-z')
    expect(await rescue()).toBe(`${RESCUE}/1`)
    expect((await filesOf(root, `${RESCUE}/1`)).sort()).toEqual(
      [...odd, '.gitignore', 'README.md', 'staged.txt'].sort(),
    )
    expect(await sh(root, 'show', `${RESCUE}/1:README.md`)).toBe('changed')
    expect(await headOf(root, `${RESCUE}/1~1`)).toBe(head)
    expect([await sh(path, 'status', '--porcelain', '-z'), await headOf(path)]).toEqual([before, head])
    expect(await rescue()).toBe(`${RESCUE}/1`)
    expect(Object.keys(await refsBelow(root, 'refs/scrum4me'))).toEqual([`${RESCUE}/1`])
    expect(baseSha).not.toBe(head)
  })

  test('a file whose name is not UTF-8 is saved', async () => {
    const { machine, root, path, rescue } = await makeWork()
    await writeFile(Buffer.concat([Buffer.from(`${path}/latin-`), Buffer.from([0xe9])]), 'x')
    await rescue()
    const names = (await machine.git.run(root, ['ls-tree', '-z', '--name-only', `${RESCUE}/1`], { bytes: true })).stdout
    expect(names.split('\0')).toContain('latin-\u00e9')
  })

  test('later work moves the ref on, and other work gets a ref of its own: nothing is overwritten', async () => {
    const { root, path, baseSha, rescue } = await makeWork()
    await commitFile(path, 'a.txt', 'a')
    await rescue()
    const second = await commitFile(path, 'b.txt', 'b')
    expect(await rescue()).toBe(`${RESCUE}/1`)
    await sh(path, 'reset', '--quiet', '--hard', baseSha)
    const other = await commitFile(path, 'c.txt', 'c')
    expect(await rescue()).toBe(`${RESCUE}/1-2`)
    await sh(path, 'reset', '--quiet', '--hard', baseSha)
    await writeFiles(path, { 'draft.txt': 'x' })
    expect(await rescue()).toBe(`${RESCUE}/1-3`)
    expect(await refsBelow(root, 'refs/scrum4me')).toMatchObject({ [`${RESCUE}/1`]: second, [`${RESCUE}/1-2`]: other })
  })

  test('a half-merged index and a lock on it are no hindrance', async () => {
    const { root, path, rescue } = await makeWork()
    await commitFile(path, 'gone.txt', 'x\n')
    await sh(path, 'checkout', '--quiet', '-b', 'side')
    await commitFile(path, 'README.md', 'side\n')
    await sh(path, 'rm', '--quiet', 'gone.txt')
    await sh(path, 'commit', '--quiet', '-m', 'Delete')
    await sh(path, 'checkout', '--quiet', '-')
    await commitFile(path, 'gone.txt', 'changed\n')
    await commitFile(path, 'README.md', 'main\n')
    await expect(sh(path, 'merge', 'side')).rejects.toThrow()
    const record = await sh(path, 'rev-parse', '--absolute-git-dir')
    await writeFile(join(record, 'index.lock'), '')
    await rescue()
    expect(await sh(root, 'show', `${RESCUE}/1:README.md`)).toContain('<<<<<<<')
    expect(await filesOf(root, `${RESCUE}/1`)).toEqual(['README.md', 'gone.txt'])
    expect(await readFile(join(record, 'index.lock'), 'utf8')).toBe('')
  })

  test('the files of a repository that was made inside the worktree are saved as files, with and without commits', async () => {
    const { machine, root, path, rescue } = await makeWork()
    await sh(path, 'init', '--quiet', 'app')
    await writeFiles(path, { 'app/.gitignore': 'node_modules\n', 'app/index.ts': 'x', 'app/node_modules/y': 'y' })
    await sh(path, 'init', '--quiet', 'lib')
    await commitFile(join(path, 'lib'), 'lib.ts', 'x')
    await writeFiles(path, { 'lib/new.ts': 'x' })
    await rescue()
    expect(await filesOf(root, `${RESCUE}/1`)).toEqual([
      'README.md',
      'app/.gitignore',
      'app/index.ts',
      'lib/lib.ts',
      'lib/new.ts',
    ])
    expect((await machine.git.run(path, ['rev-parse', '--abbrev-ref', 'HEAD'])).stdout).toBe('feat/story-abcd1234\n')
  })

  test('files on a branch without commits are saved', async () => {
    const { root, path, rescue } = await makeWork()
    await sh(path, 'checkout', '--quiet', '--orphan', 'fresh')
    expect(await rescue()).toBe(`${RESCUE}/1`)
    expect(await filesOf(root, `${RESCUE}/1`)).toEqual(['README.md'])
  })

  test('a worktree that lost its folder still gives its commits, and a folder that is no worktree is refused', async () => {
    const { machine, root, path, rescue: again } = await makeWork()
    const work = await commitFile(path, 'work.txt', 'x')
    await rm(path, { recursive: true })
    expect(await again()).toBe(`${RESCUE}/1`)
    expect(await headOf(root, `${RESCUE}/1`)).toBe(work)
    await writeFiles(machine.dir, { 'plain/x': 'x' })
    await expect(rescue(machine, root, join(machine.dir, 'plain'))).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await rescue(machine, root, join(machine.dir, 'nothing'))).toBeNull()
  })
})

describe('saving a commit', () => {
  test('H39 an id that is not safe in a ref and a commit that is no id are refused', async () => {
    const { machine, root, baseSha } = await makeWork()
    for (const jobId of ['../heads/main', 'a..b', 'a b', '--stdin', 'x.lock', 'a\nb', '']) {
      await expect(saveCommit(machine.git, root, baseSha, jobId, 1)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    }
    await expect(saveCommit(machine.git, root, '--stdin', 'job_1', 1)).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    })
    await expect(saveCommit(machine.git, root, baseSha, 'job_1', 1.5)).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    })
  })
})
