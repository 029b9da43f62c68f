import { chmod, lstat, mkdir, readFile, readlink, stat, symlink, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { worktreeStatus } from '../../src/host/git/diff.ts'
import { rescueWorktree } from '../../src/host/git/rescue.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { includeFiles } from '../../src/host/kit/include-files.ts'
import {
  commitFile,
  filesOf,
  headOf,
  type Machine,
  makeMachine,
  makeRemote,
  makeStage,
  openFor,
  sh,
  writeFiles,
} from '../support/repositories.ts'

/** A clone with untracked files, and what a fresh worktree of it gets by the patterns. */
async function include(
  patterns: string[],
  files: Record<string, string>,
  arrange: (root: string, machine: Machine) => Promise<void> = async () => undefined,
) {
  const { machine, root } = await makeStage()
  await commitFile(root, '.gitignore', '*.env\nignored/\n')
  await sh(root, 'push', '--quiet', 'origin', 'HEAD')
  await writeFiles(root, files)
  await arrange(root, machine)
  return { machine, root, ...(await bring(machine, root, patterns)) }
}

async function bring(machine: Machine, root: string, patterns: string[]) {
  const { path, baseSha } = await openFor(machine, root)
  const leftOut = await includeFiles(machine.git, { root, path, commit: baseSha, patterns })
  const there = async (name: string) => ((await isThere(join(path, name))) ? readFile(join(path, name), 'utf8') : null)
  return { path, leftOut, there }
}

describe('the files that a worktree gets', () => {
  test('are those that the patterns match, with their modes; nothing else', async () => {
    const files = { 'my.env': 'SECRET', 'ignored/a/key.json': '{}', 'ignored/log': 'x', 'notes.txt': 'mine' }
    const { path, there, leftOut } = await include(['*.env', '/ignored/**/*.json'], files, async root => {
      await chmod(join(root, 'my.env'), 0o600)
      await chmod(join(root, 'ignored/a/key.json'), 0o755)
    })
    expect([await there('my.env'), await there('ignored/a/key.json')]).toEqual(['SECRET', '{}'])
    expect([await there('ignored/log'), await there('notes.txt')]).toEqual([null, null])
    expect((await stat(join(path, 'my.env'))).mode & 0o777).toBe(0o600)
    expect((await stat(join(path, 'ignored/a/key.json'))).mode & 0o777).toBe(0o755)
    expect(leftOut).toEqual([])
  })

  test('are named in .worktreeinclude, too: comments, negations, folders, names with spaces', async () => {
    const files = { 'a b.env': '1', '#odd.env': '2', 'not.env': '3', 'ignored/deep/x': '4', 'other.env.txt': '5' }
    const { machine, root } = await makeStage()
    await commitFile(root, '.gitignore', '*.env\nignored/\n')
    await commitFile(root, '.worktreeinclude', '# what is needed\n*.env\n!not.env\nignored/\n\n')
    await sh(root, 'push', '--quiet', 'origin', 'HEAD')
    await writeFiles(root, { ...files, '.worktreeinclude': 'other*\n' })
    const { there } = await bring(machine, root, [])
    expect(await Promise.all(Object.keys(files).map(there))).toEqual(['1', '2', null, '4', null])
  })

  test("are named by a person's own .worktreeinclude where none is committed", async () => {
    const { there } = await include([], { 'my.env': '1', '.worktreeinclude': '*.env\n' })
    expect([await there('my.env'), await there('.worktreeinclude')]).toEqual(['1', null])
  })

  test('are never tracked ones, and replace nothing that is there', async () => {
    const { there } = await include(['*'], { 'README.md': 'changed by a person', 'my.env': '1' })
    expect(await there('README.md')).toBe('# remote.git\n')
    expect(await there('my.env')).toBe('1')
  })

  test('a bare repository has none to give', async () => {
    const machine = await makeMachine()
    const root = await makeRemote(machine)
    const wish = { root, path: root, commit: await headOf(root), patterns: ['*'] }
    expect(await includeFiles(machine.git, wish)).toEqual([])
  })

  test('more of them than a worktree should hold are refused with what to do', async () => {
    const { machine, root } = await makeStage()
    await writeFiles(root, { 'many/a': '' })
    await truncate(join(root, 'many/a'), 500_000_001)
    await expect(bring(machine, root, ['many/'])).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      hint: expect.stringContaining('setup'),
    })
  })
})

describe('H39 hostile patterns and links', () => {
  test('reach neither out of the root nor into .git', async () => {
    const patterns = ['../*', '/../outside', '/etc/*', '.git/**', '**/.git', '*', '--output=x', '$(touch x)', '..']
    const { path, there, root } = await include(patterns, { 'my.env': '1' }, async (root, machine) => {
      await writeFiles(machine.dir, { outside: 'x' })
      await sh(root, 'init', '--quiet', 'nested')
      await writeFiles(join(root, 'nested'), { 'inner.txt': 'x' })
    })
    expect(await there('my.env')).toBe('1')
    expect(await isThere(join(path, 'nested'))).toBe(false)
    expect(await isThere(join(path, '..', 'outside'))).toBe(false)
    expect((await lstat(join(path, '.git'))).isFile()).toBe(true)
    expect(await isThere(join(root, 'x'))).toBe(false)
  })

  test('a link that leads out is left out, one that stays inside stays a link', async () => {
    const arrange = async (root: string, machine: Machine) => {
      await writeFiles(machine.dir, { secret: 'x', 'folder/secret': 'x' })
      await symlink('../secret', join(root, 'out.env'))
      await symlink(join(root, 'my.env'), join(root, 'absolute.env'))
      await symlink('../folder', join(root, 'ignored'))
      await symlink('nowhere', join(root, 'broken.env'))
      await symlink('my.env', join(root, 'inside.env'))
    }
    const { path, leftOut } = await include(['*'], { 'my.env': '1' }, arrange)
    expect(leftOut.sort()).toEqual(['absolute.env', 'broken.env', 'ignored', 'out.env'])
    expect(await readlink(join(path, 'inside.env'))).toBe('my.env')
    for (const name of leftOut) expect(await isThere(join(path, name))).toBe(false)
  })

  test('a committed link on the way leads nothing out of the worktree', async () => {
    const { machine, root } = await makeStage()
    const outside = join(machine.dir, 'outside')
    await mkdir(outside)
    await symlink(outside, join(root, 'config'))
    await sh(root, 'add', 'config')
    await sh(root, 'commit', '--quiet', '--message', 'A link')
    await sh(root, 'push', '--quiet', 'origin', 'HEAD')
    await sh(root, 'rm', '--quiet', 'config')
    await writeFiles(root, { 'config/my.env': '1' })
    const { leftOut } = await bring(machine, root, ['*.env'])
    expect(leftOut).toEqual(['config/my.env'])
    expect(await isThere(join(outside, 'my.env'))).toBe(false)
  })

  test('names with newlines, brackets and stars are copied or left out as they are, and hide no other file', async () => {
    const odd = { '[a]*.txt': '1', 'line\nbreak.txt': '2', ' space .txt': '3', '!not.txt': '4', 'back\\slash.txt': '5' }
    const { machine, path, there, leftOut } = await include(['*.txt'], odd)
    expect(leftOut).toEqual(['line\nbreak.txt'])
    expect(await there('[a]*.txt')).toBe('1')
    await writeFiles(path, { 'a-new.txt': 'of the agent' })
    expect((await worktreeStatus(machine.git, path)).dirty).toEqual(['a-new.txt'])
  })
})

describe('files that were copied in', () => {
  test('are neither uncommitted work nor rescued nor added by `git add --all`, ignored or not', async () => {
    const { machine, root, path } = await include(['*.env', 'notes/'], { 'my.env': '1', 'notes/a.txt': '2' })
    expect((await worktreeStatus(machine.git, path)).dirty).toEqual([])
    await writeFiles(path, { 'work.txt': 'of the agent', 'notes/a.txt': 'changed by the agent' })
    expect((await worktreeStatus(machine.git, path)).dirty).toEqual(['work.txt'])
    await sh(path, 'add', '--all')
    expect(await sh(path, 'diff', '--cached', '--name-only')).toBe('work.txt')
    const ref = await rescueWorktree(machine.git, { root, path, jobId: 'job_1', claimNo: 1 })
    expect(await filesOf(root, ref ?? '')).toEqual(['.gitignore', 'README.md', 'work.txt'])
  })

  test("hide nothing in other worktrees, and take nothing from what a person's git ignores", async () => {
    const arrange = async (_: string, { home }: Machine) => {
      await writeFiles(home, { '.gitconfig': '[core]\n\texcludesFile = ~/mine\n', mine: '*.bak\n' })
    }
    const { machine, root, path } = await include(['notes/'], { 'notes/a.txt': '2' }, arrange)
    await writeFiles(path, { 'x.bak': '', 'y.txt': '' })
    expect((await worktreeStatus(machine.git, path)).dirty).toEqual(['y.txt'])
    expect((await worktreeStatus(machine.git, root)).dirty).toEqual(['notes/a.txt'])
  })

  test('that the repository insists on showing are taken out again', async () => {
    const { machine, root } = await makeStage()
    await commitFile(root, '.gitignore', '!notes.txt\n')
    await sh(root, 'push', '--quiet', 'origin', 'HEAD')
    await writeFiles(root, { 'notes.txt': 'x' })
    const { path, leftOut } = await bring(machine, root, ['notes.txt'])
    expect(leftOut).toEqual(['notes.txt'])
    expect((await worktreeStatus(machine.git, path)).dirty).toEqual([])
  })
})
