import { access, chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openDetachedWorktree } from '../../../src/host/git/detached-worktree.ts'
import { listWorktrees } from '../../../src/host/git/list-worktrees.ts'
import { worktreePath } from '../../../src/host/git/worktree-path.ts'
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
const RESCUE = 'refs/scrum4me/rescue'

async function makeStage(defaultBranch = 'main') {
  const machine = await makeMachine()
  const remote = await makeRemote(machine, 'remote.git', defaultBranch)
  return { machine, remote, root: await makeClone(machine, remote) }
}

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

describe('when it fails', () => {
  test('H24 a set-up that fails or is aborted leaves no folder, no entry and no branch, and can be repeated', async () => {
    const { machine, remote, root } = await makeStage()
    await commitElsewhere(remote, 'main', 'big.txt')
    await writeFile(join(root, '.git/info/attributes'), '*.txt filter=stuck\n')
    await sh(root, 'config', 'filter.stuck.required', 'true')
    await sh(root, 'config', 'filter.stuck.smudge', 'false')
    await expect(openFor(machine, root)).rejects.toMatchObject({ code: 'GIT_FAILED' })
    await sh(root, 'config', 'filter.stuck.smudge', 'sleep 300')
    const slow = machine.gitWith({ timeoutMs: 60 })
    await expect(openFor(machine, root, {}, slow)).rejects.toMatchObject({ code: 'GIT_FAILED' })
    expect((await listWorktrees(machine.git, root)).length).toBe(1)
    expect(await refsBelow(root, 'refs/heads')).toEqual({ 'refs/heads/main': await headOf(root, 'main') })
    await sh(root, 'config', 'filter.stuck.smudge', 'cat')
    expect((await openFor(machine, root)).path).toBe(join(machine.worktreesDir, 'job_1'))
  })

  test.skipIf(process.getuid?.() === 0)('H40 a folder that cannot be written to is a clear error', async () => {
    const { machine, root } = await makeStage()
    await mkdir(machine.worktreesDir)
    await chmod(machine.worktreesDir, 0o500)
    await expect(openFor(machine, root)).rejects.toMatchObject({
      code: 'GIT_FAILED',
      hint: expect.stringContaining('write'),
    })
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
    const names = [
      '--force',
      '-',
      'a..b',
      'a b',
      'a\nb',
      'a\0b',
      '@{-1}',
      'x.lock',
      'refs/../x',
      'a:b',
      'a~1',
      'HEAD',
      '',
    ]
    for (const branch of names) {
      await expect(openFor(machine, root, { branch }), branch).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    }
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

describe('many at once, and identity', () => {
  test('H41 ten jobs set up in one repository at once meet no lock error, in two processes too', async () => {
    const { machine, remote, root } = await makeStage()
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
    const { machine, root } = await makeStage()
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
