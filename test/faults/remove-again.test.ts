import { access, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Git } from '../../src/host/git/git.ts'
import { removeWorktree } from '../../src/host/git/remove-worktree.ts'
import { commitFile, filesOf, headOf, makeStage, openFor, refsBelow, sh, writeFiles } from '../support/repositories.ts'

const RESCUE = 'refs/scrum4me/rescue/job_1/1'

/** A worktree with a commit and a file that is not committed. */
async function makeWork() {
  const { machine, root } = await makeStage()
  const { path } = await openFor(machine, root)
  await commitFile(path, 'work.txt', 'work')
  await writeFiles(path, { 'draft.txt': 'draft', 'deep/er.txt': 'x', '.gitignore': 'node_modules\n' })
  const usual = { root, path, worktreesDir: machine.worktreesDir, jobId: 'job_1', claimNo: 1 }
  const remove = (more: object = {}, git: Git = machine.git) => removeWorktree(git, { ...usual, ...more })
  return { machine, root, path, remove }
}

describe('a deletion that was stopped half-way', () => {
  test.each(['work.txt', 'draft.txt', 'README.md', '.git', 'deep'])(
    'H40 H26 and had taken %s is repeated, and what is missing is no work: no ref is new or moved',
    async name => {
      const { root, path, remove } = await makeWork()
      await makeUndeletable(path)
      await expect(remove()).rejects.toMatchObject({ code: 'GIT_FAILED', message: expect.stringContaining(path) })
      const refs = await refsBelow(root, 'refs/scrum4me')
      expect(Object.keys(refs)).toEqual([RESCUE])
      await rm(join(path, name), { recursive: true, force: true })
      await expect(remove()).rejects.toMatchObject({ code: 'GIT_FAILED' })
      await makeDeletable(path)
      expect(await remove()).toBe(RESCUE)
      expect(await refsBelow(root, 'refs/scrum4me')).toEqual(refs)
      await expect(access(path)).rejects.toThrow('ENOENT')
    },
  )

  test('H26 shows the next attempt nothing but what the dead one did', async () => {
    const { machine, root, path, remove } = await makeWork()
    await makeUndeletable(path)
    await expect(remove()).rejects.toMatchObject({ code: 'GIT_FAILED' })
    const next = await openFor(machine, root, { claimNo: 2 })
    expect(next.rescued).toEqual([RESCUE])
    expect(await filesOf(root, RESCUE)).toEqual(['.gitignore', 'README.md', 'deep/er.txt', 'draft.txt', 'work.txt'])
    await makeDeletable(path)
    expect(await remove()).toBe(RESCUE)
  })

  test('H40 of a worktree whose work is all on origin makes no ref at all', async () => {
    const { root, path, remove } = await makeWork()
    await sh(path, 'add', '--all')
    await sh(path, 'commit', '--quiet', '-m', 'All')
    await sh(path, 'push', '--quiet', 'origin', 'HEAD')
    await makeUndeletable(path)
    await expect(remove()).rejects.toMatchObject({ code: 'GIT_FAILED' })
    await makeDeletable(path)
    expect(await remove()).toBeNull()
    expect(await refsBelow(root, 'refs/scrum4me')).toEqual({})
  })
})

describe('what an orphan writes', () => {
  test('H26 after all was saved, before its folder goes, is saved too', async () => {
    const { root, path, remove } = await makeWork()
    const saved: string[] = []
    const onSaved = async (ref: string) => {
      if (saved.push(ref) === 1) await writeFiles(path, { 'late.txt': 'late', 'draft.txt': 'changed' })
    }
    expect(await remove({ onSaved })).toBe(RESCUE)
    expect(saved).toEqual([RESCUE, RESCUE])
    expect(await sh(root, 'show', `${RESCUE}:late.txt`, `${RESCUE}:draft.txt`)).toBe('latechanged')
    expect(await filesOf(root, RESCUE)).toContain('work.txt')
  })

  test('H26 when its folder is gone, by making that anew, is saved before it goes', async () => {
    const { machine, root, path, remove } = await makeWork()
    let isOver = false
    const racing: Git = {
      ...machine.git,
      run: async (cwd, args, options) => {
        const isGone = await access(path).then(
          () => false,
          () => true,
        )
        if (isGone && !isOver) await writeFiles(path, { 'again/late.txt': 'late' })
        isOver ||= isGone
        return machine.git.run(cwd, args, options)
      },
    }
    await expect(remove({}, racing)).rejects.toMatchObject({ code: 'GIT_FAILED' })
    expect(await remove()).toBe(RESCUE)
    expect(await filesOf(root, RESCUE)).toEqual(expect.arrayContaining(['again/late.txt', 'work.txt', 'draft.txt']))
    await expect(access(path)).rejects.toThrow('ENOENT')
  })

  test('H26 when it is told of its work first and that fails, nothing has gone', async () => {
    const { root, path, remove } = await makeWork()
    const onSaved = () => Promise.reject(new Error('The server is away.'))
    await expect(remove({ onSaved })).rejects.toThrow('The server is away.')
    expect(await sh(path, 'status', '--porcelain')).toContain('?? draft.txt')
    expect(await headOf(root, `${RESCUE}^`)).toBe(await headOf(path))
  })
})

test('H16 the worktree of another claim at the same path is left alone', async () => {
  const { root, path, remove } = await makeWork()
  expect(await remove({ claimNo: 2 })).toBeNull()
  expect(await sh(path, 'status', '--porcelain')).toContain('?? draft.txt')
  expect(await refsBelow(root, 'refs/scrum4me')).toEqual({})
})

/** In an ignored folder lies a path that is longer than a system call may name. */
async function makeUndeletable(path: string): Promise<void> {
  onTestFinished(() => makeDeletable(path))
  const long = Array.from({ length: 15 }, () => 'x'.repeat(200)).join('/')
  const [upper, lower] = [join(path, 'node_modules', long), join(path, 'node_modules', 'lower')]
  await mkdir(upper, { recursive: true })
  await mkdir(join(lower, long), { recursive: true })
  await rename(lower, join(upper, 'lower'))
}

async function makeDeletable(path: string): Promise<void> {
  await execa('rm', ['-rf', join(path, 'node_modules')])
}
