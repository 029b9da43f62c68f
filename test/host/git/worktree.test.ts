import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openDetachedWorktree } from '../../../src/host/git/detached-worktree.ts'
import {
  commitElsewhere,
  headOf,
  makeMachine,
  makeRemote,
  makeStage,
  openFor,
  sh,
  writeFiles,
} from '../../support/repositories.ts'

const BRANCH = 'feat/story-abcd1234'

describe('where a worktree starts', () => {
  test("H35 H36 a fresh branch starts at origin's default branch as it is now, and the worktree is on it", async () => {
    const { machine, remote, root } = await makeStage()
    const newest = await commitElsewhere(remote, 'main', 'new.txt')
    const opened = await openFor(machine, root)
    expect(opened).toEqual({
      path: join(machine.worktreesDir, 'job_1'),
      branch: BRANCH,
      baseSha: newest,
      reusedBranch: false,
      rescued: [],
    })
    expect(await sh(opened.path, 'symbolic-ref', 'HEAD')).toBe(`refs/heads/${BRANCH}`)
    expect(await headOf(opened.path)).toBe(newest)
    expect(await sh(opened.path, 'status', '--porcelain')).toBe('')
  })

  test("H36 a branch that origin has starts at origin's tip, which is the new base", async () => {
    const { machine, remote, root } = await makeStage()
    const base = await headOf(remote, 'main')
    const tip = await commitElsewhere(remote, BRANCH, 'story.txt')
    expect(await openFor(machine, root, { baseSha: base })).toMatchObject({
      baseSha: tip,
      reusedBranch: true,
      rescued: [],
    })
    expect(await openFor(machine, root, { jobId: 'job_2', baseSha: tip })).toMatchObject({
      baseSha: tip,
      reusedBranch: true,
    })
  })

  test("H36 H62 a retry keeps the first base although origin's default branch moved on", async () => {
    const { machine, remote, root } = await makeStage()
    const first = await openFor(machine, root)
    await commitElsewhere(remote, 'main', 'of-others.txt')
    const retry = await openFor(machine, root, { claimNo: 2, baseSha: first.baseSha })
    expect(retry).toMatchObject({ baseSha: first.baseSha, reusedBranch: false })
    expect(await headOf(retry.path)).toBe(first.baseSha)
  })

  test('H36 a base that is on no machine any more is recorded anew', async () => {
    const { machine, remote, root } = await makeStage()
    const opened = await openFor(machine, root, { baseSha: '0123456789012345678901234567890123456789' })
    expect(opened.baseSha).toBe(await headOf(remote, 'main'))
  })

  test('H36 a base that only origin has yet is fetched and kept', async () => {
    const { machine, remote, root } = await makeStage()
    const base = await commitElsewhere(remote, 'main', 'a.txt')
    await commitElsewhere(remote, 'main', 'b.txt')
    expect((await openFor(machine, root, { baseSha: base })).baseSha).toBe(base)
  })

  test('product worktrees are detached at the default branch, as many as are wanted', async () => {
    const { machine, remote, root } = await makeStage('trunk')
    const tip = await headOf(remote, 'trunk')
    const open = (jobId: string) => {
      const path = join(machine.worktreesDir, '_products/prod_1', jobId)
      return openDetachedWorktree(machine.git, { root, path, jobId, claimNo: 1, worktreesDir: machine.worktreesDir })
    }
    const opened = await Promise.all([open('job_1'), open('job_2')])
    for (const { path, baseSha } of opened) {
      expect([baseSha, await headOf(path), await sh(path, 'branch', '--show-current')]).toEqual([tip, tip, ''])
    }
  })
})

describe('many at once, and identity', () => {
  test('H41 ten jobs set up in one repository at once meet no lock error, in two processes too', async () => {
    const { machine, remote, root } = await makeStage('main', '')
    const names = Array.from({ length: 10 }, (_, i) => `feat/story-${i}`)
    for (const name of names.slice(0, 3)) await commitElsewhere(remote, name, 'x.txt')
    await commitElsewhere(remote, 'main', 'new.txt')
    const gits = [machine.git, machine.gitWith({})]
    const opened = await Promise.all(
      names.map((branch, i) => openFor(machine, root, { branch, jobId: `job_${i}` }, gits[i % 2])),
    )
    for (const { path, branch } of opened) {
      expect(await sh(path, 'branch', '--show-current')).toBe(branch)
      expect(await sh(path, 'config', 'user.name')).toBe('Scrum4Me agent')
    }
  })

  test('a machine without a git identity gets one for the worktree alone', async () => {
    const { machine, root } = await makeStage('main', '')
    const { path } = await openFor(machine, root)
    await writeFiles(path, { 'x.txt': 'x' })
    await machine.git.run(path, ['add', 'x.txt'])
    await machine.git.run(path, ['commit', '-m', 'By the agent'])
    expect(await sh(path, 'log', '-1', '--format=%an')).toBe('Scrum4Me agent')
    await expect(machine.git.run(root, ['config', 'user.name'])).rejects.toMatchObject({ code: 'GIT_FAILED' })
  })

  test('an identity that the machine has stays', async () => {
    const { machine, root } = await makeStage()
    await writeFile(join(machine.home, '.gitconfig'), '[user]\n\tname = Me\n\temail = me@example.com\n')
    const { path } = await openFor(machine, root)
    expect((await machine.git.run(path, ['config', 'user.name'])).stdout).toBe('Me\n')
    await expect(access(join(root, '.git/config.worktree'))).rejects.toThrow('ENOENT')
  })

  test('a bare root stays bare, and its worktrees work', async () => {
    const machine = await makeMachine()
    const remote = await makeRemote(machine)
    await sh(machine.dir, 'clone', '--quiet', '--bare', remote, 'bare')
    const root = join(machine.dir, 'bare')
    const { path } = await openFor(machine, root)
    expect(await sh(path, 'status', '--porcelain')).toBe('')
    expect(await sh(root, 'rev-parse', '--is-bare-repository')).toBe('true')
    await openFor(machine, root, { jobId: 'job_2', branch: 'feat/other' })
  })
})
