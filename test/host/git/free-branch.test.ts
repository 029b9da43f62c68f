import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { listWorktrees } from '../../../src/host/git/list-worktrees.ts'
import { worktreePath } from '../../../src/host/git/worktree-path.ts'
import {
  commitElsewhere,
  commitFile,
  filesOf,
  headOf,
  makeStage,
  openFor,
  refsBelow,
  sh,
  writeFiles,
} from '../../support/repositories.ts'

const BRANCH = 'feat/story-abcd1234'
const RESCUE = 'refs/scrum4me/rescue'

describe('what is in the way', () => {
  test('H26 a retry finds the worktree of the first attempt in its way; its commits and files are kept', async () => {
    const { machine, root } = await makeStage()
    const first = await openFor(machine, root)
    const work = await commitFile(first.path, 'work.txt', 'first attempt')
    await writeFiles(first.path, { 'draft.txt': 'not committed' })
    const retry = await openFor(machine, root, { claimNo: 2, baseSha: first.baseSha })
    expect(retry.path).toBe(join(machine.worktreesDir, 'job_1-2'))
    expect(retry.rescued).toEqual([`${RESCUE}/job_1/1`])
    expect(await headOf(root, `${RESCUE}/job_1/1~1`)).toBe(work)
    expect(await filesOf(root, `${RESCUE}/job_1/1`)).toEqual(['README.md', 'draft.txt', 'work.txt'])
    expect(await headOf(retry.path)).toBe(first.baseSha)
    expect([await headOf(first.path), await sh(first.path, 'branch', '--show-current')]).toEqual([work, ''])
    expect(await readFile(join(first.path, 'draft.txt'), 'utf8')).toBe('not committed')
  })

  test('H26 an attempt that died in the middle of a conflicting merge or a rebase hinders no retry', async () => {
    const { machine, remote, root } = await makeStage()
    const first = await openFor(machine, root)
    await commitFile(first.path, 'README.md', 'mine\n')
    await commitElsewhere(remote, 'main', 'README.md')
    await sh(first.path, 'fetch', '--quiet', 'origin')
    await expect(sh(first.path, 'merge', 'origin/main')).rejects.toThrow()
    const second = await openFor(machine, root, { claimNo: 2 })
    expect(await sh(root, 'show', `${RESCUE}/job_1/1:README.md`)).toContain('<<<<<<<')
    await commitFile(second.path, 'README.md', 'mine again\n')
    const kept = await commitFile(second.path, 'other.txt', 'mine\n')
    await sh(second.path, 'reset', '--quiet', '--soft', first.baseSha)
    await sh(second.path, 'commit', '--quiet', '-m', 'All')
    await expect(sh(second.path, 'rebase', 'origin/main')).rejects.toThrow()
    const tip = await headOf(root, BRANCH)
    const third = await openFor(machine, root, { claimNo: 3 })
    expect(await sh(third.path, 'branch', '--show-current')).toBe(BRANCH)
    expect(Object.values(await refsBelow(root, RESCUE))).toContain(tip)
    expect(kept).toHaveLength(40)
  })

  test('H26 a local tip that origin lacks goes to a rescue ref, and the branch starts at origin', async () => {
    const { machine, remote, root } = await makeStage()
    await sh(root, 'checkout', '--quiet', '-b', BRANCH)
    const local = await commitFile(root, 'local.txt', 'only here')
    await sh(root, 'checkout', '--quiet', 'main')
    const tip = await commitElsewhere(remote, BRANCH, 'remote.txt')
    expect(await openFor(machine, root)).toMatchObject({ baseSha: tip, rescued: [`${RESCUE}/job_1/1`] })
    expect(await headOf(root, `${RESCUE}/job_1/1`)).toBe(local)
  })

  test('a local tip that origin has is rescued nowhere', async () => {
    const { machine, remote, root } = await makeStage()
    await sh(root, 'branch', BRANCH)
    const tip = await commitElsewhere(remote, BRANCH, 'remote.txt')
    expect(await openFor(machine, root)).toMatchObject({ baseSha: tip, rescued: [] })
    expect(await refsBelow(root, RESCUE)).toEqual({})
  })

  test('H16 a branch that a person has checked out is an error that names the folder, and nothing is touched', async () => {
    const { machine, root } = await makeStage()
    await sh(root, 'checkout', '--quiet', '-b', BRANCH)
    const mine = await commitFile(root, 'mine.txt', 'a person works here')
    await writeFiles(root, { 'draft.txt': 'draft' })
    await expect(openFor(machine, root)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(root),
      hint: expect.stringContaining('switch that folder'),
    })
    expect([await headOf(root), await sh(root, 'branch', '--show-current')]).toEqual([mine, BRANCH])
    expect(await sh(root, 'status', '--porcelain')).toBe('?? draft.txt')
    expect(await refsBelow(root, RESCUE)).toEqual({})
  })

  test('H16 the worktree of another job stays as it is', async () => {
    const { machine, root } = await makeStage()
    const live = await openFor(machine, root)
    const head = await commitFile(live.path, 'work.txt', 'under way')
    await openFor(machine, root, { jobId: 'job_2', branch: 'feat/other' })
    await sh(root, 'worktree', 'prune')
    expect([await headOf(live.path), await sh(live.path, 'branch', '--show-current')]).toEqual([head, BRANCH])
  })

  test('H16 H40 a folder that exists already is never written to', async () => {
    const { machine, root } = await makeStage()
    const path = join(machine.worktreesDir, 'job_1')
    await writeFiles(path, { 'notes.txt': 'mine' })
    await expect(openFor(machine, root, { path })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(path),
    })
    expect(await readFile(join(path, 'notes.txt'), 'utf8')).toBe('mine')
    expect(await worktreePath(machine.worktreesDir, 'job_1', 3)).toBe(`${path}-3`)
  })

  test('H40 a worktree folder that was deleted by hand leaves no stale entry, and its commits are kept', async () => {
    const { machine, root } = await makeStage()
    const first = await openFor(machine, root)
    const work = await commitFile(first.path, 'work.txt', 'first attempt')
    const detached = await openFor(machine, root, { jobId: 'job_2', branch: 'feat/other' })
    await sh(detached.path, 'checkout', '--quiet', '--detach')
    const loose = await commitFile(detached.path, 'loose.txt', 'on no branch')
    await rm(machine.worktreesDir, { recursive: true })
    const retry = await openFor(machine, root, { claimNo: 2, baseSha: first.baseSha })
    const other = await openFor(machine, root, { jobId: 'job_2', branch: 'feat/other', claimNo: 2 })
    expect([retry.path, other.path]).toEqual([first.path, detached.path])
    expect(await refsBelow(root, RESCUE)).toEqual({ [`${RESCUE}/job_1/1`]: work, [`${RESCUE}/job_2/1`]: loose })
    expect((await listWorktrees(machine.git, root)).length).toBe(3)
  })

  test('H16 a dead worktree of a person whose folder is gone is left on record', async () => {
    const { machine, root } = await makeStage()
    const away = join(machine.dir, 'on-a-disk-that-is-away')
    await sh(root, 'worktree', 'add', '--quiet', '-b', 'mine', away)
    await rm(away, { recursive: true })
    await openFor(machine, root)
    expect((await listWorktrees(machine.git, root)).map(entry => entry.path)).toContain(away)
  })

  test('H40 a dead worktree without its .git file does not send git into the repository around it', async () => {
    const { machine, root } = await makeStage()
    const first = await openFor(machine, root)
    await writeFiles(first.path, { 'draft.txt': 'not committed' })
    await rm(join(first.path, '.git'))
    await sh(machine.dir, 'init', '--quiet')
    const retry = await openFor(machine, root, { claimNo: 2 })
    expect(await filesOf(root, `${RESCUE}/job_1/1`)).toEqual(['README.md', 'draft.txt'])
    expect(await sh(retry.path, 'branch', '--show-current')).toBe(BRANCH)
  })
})
