import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { rescueWorktree } from '../../../src/host/git/rescue.ts'
import { commitFile, filesOf, makeStage, openFor, sh, writeFiles } from '../../support/repositories.ts'

const RESCUE = 'refs/scrum4me/rescue/job_1/1'
const isRoot = process.getuid?.() === 0

async function makeWork() {
  const { machine, root } = await makeStage()
  const { path } = await openFor(machine, root)
  const rescue = (git = machine.git) => rescueWorktree(git, { root, path, jobId: 'job_1', claimNo: 1 })
  return { machine, root, path, rescue }
}

describe('files that git does not take as they come', () => {
  test('H40 a folder that became a link, and a link and a file that became folders, are saved as they are', async () => {
    const { root, path, rescue } = await makeWork()
    await writeFiles(path, { 'd/x': 'x', 'd/y': 'y', file: 'f', 'other/z': 'z' })
    await symlink('other', join(path, 'link'))
    await sh(path, 'add', '--all')
    await sh(path, 'commit', '--quiet', '-m', 'All')
    for (const name of ['d', 'link', 'file']) await rm(join(path, name), { recursive: true })
    await symlink('other', join(path, 'd'))
    await writeFiles(path, { 'link/x': 'x', 'file/x': 'x' })
    expect(await rescue()).toBe(RESCUE)
    expect(await filesOf(root, RESCUE)).toEqual(['README.md', 'd', 'file/x', 'link/x', 'other/z'])
  })

  test.skipIf(isRoot)(
    'H40 one that nobody lets us read is named in the message, and all others are saved',
    async () => {
      const { root, path, rescue } = await makeWork()
      await commitFile(path, 'tracked', 'old')
      await writeFiles(path, { a: 'a', ünread: 'x', tracked: 'new', z: 'z' })
      await chmod(join(path, 'ünread'), 0o000)
      await chmod(join(path, 'tracked'), 0o000)
      expect(await rescue()).toBe(RESCUE)
      expect(await filesOf(root, RESCUE)).toEqual(['README.md', 'a', 'tracked', 'z'])
      expect(await sh(root, 'show', `${RESCUE}:tracked`)).toBe('old')
      expect(await sh(root, 'log', '-1', '--format=%b', RESCUE)).toContain('not in it:\n"tracked"\n"ünread"')
      expect(await rescue()).toBe(RESCUE)
    },
  )

  test('H40 line ends that git is told to refuse, and a filter that fails, hinder nothing', async () => {
    const { root, path, rescue } = await makeWork()
    await sh(path, 'config', 'core.autocrlf', 'input')
    await sh(path, 'config', 'core.safecrlf', 'true')
    await sh(path, 'config', 'filter.away.clean', 'false')
    await sh(path, 'config', 'filter.away.required', 'true')
    await writeFiles(path, { '.gitattributes': '*.bin filter=away -text\n', 'mixed.txt': 'a\r\nb\n' })
    await writeFile(join(path, 'x.bin'), Buffer.from([0, 255, 13, 10]))
    expect(await rescue()).toBe(RESCUE)
    expect(await filesOf(root, RESCUE)).toEqual(['.gitattributes', 'README.md', 'mixed.txt', 'x.bin'])
    expect(await sh(root, 'cat-file', '-s', `${RESCUE}:x.bin`)).toBe('4')
  })

  test('H38 more names than git may print else are saved, all of them', async () => {
    const { machine, root, path, rescue } = await makeWork()
    const names = Array.from({ length: 200 }, (_, n) => `many/of-a-rather-long-name-${n}`)
    await mkdir(join(path, 'many'))
    await writeFiles(path, Object.fromEntries(names.map(name => [name, 'x'])))
    expect(await rescue(machine.gitWith({ maxOutputBytes: 5_000 }))).toBe(RESCUE)
    expect(await filesOf(root, RESCUE)).toHaveLength(201)
  })

  test('H26 a file that git was told to forget, but is there, is saved', async () => {
    const { root, path, rescue } = await makeWork()
    await sh(path, 'rm', '--quiet', '--cached', 'README.md')
    await writeFiles(path, { 'README.md': 'changed' })
    await rescue()
    expect(await sh(root, 'show', `${RESCUE}:README.md`)).toBe('changed')
  })
})
