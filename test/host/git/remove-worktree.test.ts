import { access, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openDetachedWorktree } from '../../../src/host/git/detached-worktree.ts'
import type { Git } from '../../../src/host/git/git.ts'
import { listWorktrees } from '../../../src/host/git/list-worktrees.ts'
import { removeWorktree } from '../../../src/host/git/remove-worktree.ts'
import {
  commitElsewhere,
  commitFile,
  filesOf,
  headOf,
  makeClone,
  makeMachine,
  makeRemote,
  openFor,
  refsBelow,
  sh,
  writeFiles,
} from '../../support/repositories.ts'

const BRANCH = 'feat/story-abcd1234'
const RESCUE = 'refs/scrum4me/rescue/job_1/1'

async function makeWork() {
  const machine = await makeMachine()
  const remote = await makeRemote(machine)
  const root = await makeClone(machine, remote)
  const { path } = await openFor(machine, root)
  const usual = { root, path, worktreesDir: machine.worktreesDir, jobId: 'job_1', claimNo: 1 }
  const remove = (more: object = {}, git: Git = machine.git) => removeWorktree(git, { ...usual, ...more })
  return { machine, remote, root, path, remove }
}

describe('removing a worktree', () => {
  test('a delivered one goes without a trace: folder, record and local branch', async () => {
    const { machine, root, path, remove } = await makeWork()
    await commitFile(path, 'work.txt', 'x')
    await sh(path, 'push', '--quiet', 'origin', 'HEAD')
    expect(await remove()).toBeNull()
    await expect(access(path)).rejects.toThrow('ENOENT')
    expect((await listWorktrees(machine.git, root)).map(entry => entry.path)).toEqual([root])
    expect(Object.keys(await refsBelow(root, 'refs/heads'))).toEqual(['refs/heads/main'])
    expect(await remove()).toBeNull()
  })

  test('work that is nowhere else is on a rescue ref before anything goes', async () => {
    const { root, path, remove } = await makeWork()
    const work = await commitFile(path, 'work.txt', 'x')
    await writeFiles(path, { 'draft.txt': 'x' })
    expect(await remove()).toBe(RESCUE)
    expect(await headOf(root, `${RESCUE}~1`)).toBe(work)
    expect(await filesOf(root, RESCUE)).toEqual(['README.md', 'draft.txt', 'work.txt'])
    expect(Object.keys(await refsBelow(root, 'refs/heads'))).toEqual(['refs/heads/main'])
  })

  test('a commit that a living agent makes while its folder goes is saved too', async () => {
    const { machine, root, path, remove } = await makeWork()
    await commitFile(path, 'work.txt', 'x')
    const late = await sh(path, 'commit-tree', '-p', 'HEAD', '-m', 'Late', 'HEAD^{tree}')
    // The commit arrives after the first rescue: with the first look at the record once the folder is gone.
    let isOver = false
    const racing: Git = {
      ...machine.git,
      run: async (cwd, args, options) => {
        const isGone = await access(path).then(
          () => false,
          () => true,
        )
        if (isGone && !isOver) await sh(root, 'update-ref', `refs/heads/${BRANCH}`, late)
        isOver = isGone
        return machine.git.run(cwd, args, options)
      },
    }
    expect(await remove({}, racing)).toBe(RESCUE)
    expect(await headOf(root, RESCUE)).toBe(late)
  })

  test('H16 a path outside the folder for worktrees is refused and stays', async () => {
    const { machine, root, remove } = await makeWork()
    const mine = join(machine.dir, 'mine')
    await sh(root, 'worktree', 'add', '--quiet', '-b', 'mine', mine)
    for (const path of [mine, root, machine.worktreesDir, join(machine.worktreesDir, '..', 'mine'), '/', 'job_1']) {
      await expect(remove({ path })).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    }
    expect(await readFile(join(mine, 'README.md'), 'utf8')).toContain('remote')
  })

  test('a folder that is no worktree is left alone, an empty one goes', async () => {
    const { machine, remove } = await makeWork()
    const plain = join(machine.worktreesDir, 'job_9')
    await writeFiles(plain, { 'notes.txt': 'mine' })
    await expect(remove({ path: plain })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(plain),
    })
    expect(await readFile(join(plain, 'notes.txt'), 'utf8')).toBe('mine')
    const empty = join(machine.worktreesDir, 'job_8')
    await mkdir(empty)
    expect(await remove({ path: empty })).toBeNull()
    await expect(access(empty)).rejects.toThrow('ENOENT')
  })

  test('H40 a folder that was deleted by hand is fine; its commits are saved and its record goes, no other', async () => {
    const { machine, root, path, remove } = await makeWork()
    const away = join(machine.dir, 'on-a-disk-that-is-away')
    await sh(root, 'worktree', 'add', '--quiet', '-b', 'mine', away)
    await rm(away, { recursive: true })
    const work = await commitFile(path, 'work.txt', 'x')
    await rm(machine.worktreesDir, { recursive: true })
    expect(await remove()).toBe(RESCUE)
    expect(await headOf(root, RESCUE)).toBe(work)
    expect((await listWorktrees(machine.git, root)).map(entry => entry.path)).toEqual([root, away])
  })

  test('H26 the worktree of a dead attempt goes while the next one works on the branch', async () => {
    const { machine, root, path, remove } = await makeWork()
    await commitFile(path, 'first.txt', 'x')
    const next = await openFor(machine, root, { claimNo: 2 })
    const work = await commitFile(next.path, 'second.txt', 'x')
    expect(await remove()).toBe(RESCUE)
    expect([await headOf(next.path), await headOf(root, BRANCH)]).toEqual([work, work])
    expect(await filesOf(root, RESCUE)).toEqual(['README.md', 'first.txt'])
  })

  test('branches that we did not make for it stay, whatever the worktree is on', async () => {
    const { machine, remote, root, path, remove } = await makeWork()
    await sh(root, 'checkout', '--quiet', '--detach')
    await sh(path, 'checkout', '--quiet', 'main')
    await sh(path, 'branch', 'helper')
    expect(await remove()).toBeNull()
    expect(Object.keys(await refsBelow(root, 'refs/heads'))).toEqual(['refs/heads/helper', 'refs/heads/main'])
    await commitElsewhere(remote, 'main', 'x.txt')
    const product = {
      root,
      path: join(machine.worktreesDir, '_products/p/job_2'),
      jobId: 'job_2',
      claimNo: 1,
      worktreesDir: machine.worktreesDir,
    }
    await openDetachedWorktree(machine.git, product)
    expect(await removeWorktree(machine.git, product)).toBeNull()
  })

  test('the tip of its branch is saved although it is on another commit, and a tip that was never its HEAD stays', async () => {
    const { root, path, remove } = await makeWork()
    const work = await commitFile(path, 'work.txt', 'x')
    await sh(path, 'checkout', '--quiet', '--detach', 'origin/main')
    const other = await sh(path, 'commit-tree', '-p', 'HEAD', '-m', 'Of somebody', 'HEAD^{tree}')
    expect(await remove()).toBe(`${RESCUE}-2`)
    expect(await headOf(root, `${RESCUE}-2`)).toBe(work)
    expect(Object.keys(await refsBelow(root, 'refs/heads'))).toEqual(['refs/heads/main'])
    const next = await makeWork()
    await sh(next.path, 'checkout', '--quiet', '--detach', 'origin/main')
    await sh(next.root, 'fetch', '--quiet', root, other)
    await sh(next.root, 'update-ref', `refs/heads/${BRANCH}`, other)
    expect(await next.remove()).toBeNull()
    expect(await headOf(next.root, BRANCH)).toBe(other)
  })
})
