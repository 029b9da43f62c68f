import { readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { mendRecords } from '../../../src/host/git/mend-records.ts'
import { isThere } from '../../../src/host/git/worktree-path.ts'
import { makeHealingMachine } from '../../support/healing.ts'
import { makeClone, makeRemote, openFor, sh, writeFiles } from '../../support/repositories.ts'

const MARK = 'Scrum4Me job job_9 claim 1 branch feat/x'
const PARTS = ['HEAD', 'commondir', 'gitdir']

describe('a record of ours that a killed git has begun', () => {
  test.each(PARTS.flatMap(part => [[part, 'missing'] as const, [part, 'empty'] as const]))(
    'H40 goes with its folder: %s is %s',
    async (part, how) => {
      const { root, record, folder, healing, told } = await beginRecord()
      if (how === 'missing') await rm(join(record, part))
      else await writeFile(join(record, part), '')
      expect(await mendRecords(healing, join(root, '.git'))).toBe(false)
      await letAge(record)
      expect(await mendRecords(healing, join(root, '.git'))).toBe(true)
      expect(told).toEqual([record])
      expect(await isThere(record)).toBe(false)
      expect(await isThere(folder)).toBe(part === 'gitdir')
    },
  )

  test('H40 stops no set-up', async () => {
    const { machine, git, root, record, told } = await beginRecord()
    await writeFile(join(record, 'commondir'), '')
    await letAge(record)
    await expect(sh(root, 'worktree', 'list')).rejects.toThrow('commondir')
    const { path } = await openFor(machine, root, {}, git)
    expect(await sh(path, 'status', '--porcelain')).toBe('')
    expect(told).toEqual([record])
  })
})

describe('a record that is left alone', () => {
  test.each([
    ["a person's", { locked: 'on a stick' }],
    ['one without a reason', { locked: '' }],
    ['one of ours in another place', { gitdir: '/somewhere/else/.git\n' }],
    ['a whole one', { HEAD: '0'.repeat(40) }],
  ])('%s', async (_, parts: Record<string, string>) => {
    const { root, record, healing, told } = await beginRecord()
    if (!parts.HEAD) await rm(join(record, 'HEAD'))
    await writeFiles(record, parts)
    await letAge(record)
    expect(await mendRecords(healing, join(root, '.git'))).toBe(false)
    expect(told).toEqual([])
    expect(await readdir(record)).toContain('commondir')
  })

  test('but a worktree that has lost nothing except what is the same everywhere gets that back, with its work', async () => {
    const { machine, git, healing } = await makeHealingMachine()
    const root = await makeClone(machine, await makeRemote(machine))
    const { path } = await openFor(machine, root, {}, git)
    await writeFiles(path, { 'a.txt': 'work' })
    await writeFile(join(root, '.git/worktrees/job_1/commondir'), '')
    expect(await mendRecords(healing, join(root, '.git'))).toBe(true)
    expect(await sh(path, 'status', '--porcelain')).toBe('?? a.txt')
  })
})

/** A repository in which git was killed when it had begun a worktree of ours. */
async function beginRecord() {
  const { machine, ...more } = await makeHealingMachine()
  const root = await makeClone(machine, await makeRemote(machine))
  const folder = join(machine.worktreesDir, 'job_9')
  const record = join(root, '.git/worktrees/job_9')
  await writeFiles(folder, { '.git': `gitdir: ${record}\n` })
  await writeFiles(record, { locked: MARK, HEAD: '0'.repeat(40), commondir: '../..\n', gitdir: `${folder}/.git\n` })
  return { machine, ...more, root, folder, record }
}

async function letAge(record: string): Promise<void> {
  const then = new Date(Date.now() - 60_000)
  for (const name of [...(await readdir(record)), '.']) await utimes(join(record, name), then, then)
}
