import { open, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openManagedClone } from '../../src/host/git/managed-clone.ts'
import { isThere } from '../../src/host/git/worktree-path.ts'
import { makeHealingMachine } from '../support/healing.ts'
import { killNow } from '../support/processes.ts'
import { commitFile, makeClone, makeRemote, openFor, sh, writeFiles } from '../support/repositories.ts'

const MINUTE = 60_000
const LOCKS: [name: string, command: string[]][] = [
  ['refs/heads/x.lock', ['update-ref', 'refs/heads/x', 'HEAD']],
  ['packed-refs.lock', ['pack-refs', '--all']],
  ['config.lock', ['config', 'a.b', 'c']],
  ['shallow.lock', ['fetch', '--quiet', '--depth=1', 'origin', 'main']],
]

describe('a lock that a killed git left', () => {
  test.each(LOCKS)('in a clone of ours is removed and told of, and git goes on: %s', async (name, command) => {
    const { machine, git, told } = await makeHealingMachine()
    const remote = await makeRemote(machine)
    await commitFile(await makeClone(machine, remote), 'a.txt', 'a')
    const root = await openManagedClone(git, machine.dataDir, `file://${remote}`)
    const lock = await leaveLock(join(root, '.git', name), 1 * MINUTE)
    await git.run(root, command)
    expect(told).toEqual([lock])
  })

  test.each(LOCKS)(
    'in the repository of a person is removed when it is old, and not before: %s',
    async (name, command) => {
      const { machine, git, told } = await makeHealingMachine()
      const root = await makeClone(machine, await makeRemote(machine), 'My Projects/shop')
      const lock = await leaveLock(join(root, '.git', name), 9 * MINUTE)
      await expect(git.run(root, command)).rejects.toMatchObject({ hint: expect.stringContaining('delete the lock') })
      await leaveLock(lock, 11 * MINUTE)
      await git.run(root, command)
      expect(told).toEqual([lock])
    },
  )

  test('H26 in the record of a dead attempt of ours does not stop the next one', async () => {
    const { machine, git, told } = await makeHealingMachine()
    const root = await makeClone(machine, await makeRemote(machine))
    const dead = await openFor(machine, root, {}, git)
    const locks = []
    for (const name of ['HEAD.lock', 'index.lock'])
      locks.push(await leaveLock(join(root, '.git/worktrees/job_1', name), 1 * MINUTE))
    const next = await openFor(machine, root, { claimNo: 2 }, git)
    expect(next.branch).toBe(dead.branch)
    expect(told).toEqual([locks[0]])
  })
})

describe('a lock that a process may hold', () => {
  test('stays however old it is while a git is at work in the repository, and goes when that was killed', async () => {
    const { machine, git, told } = await makeHealingMachine()
    const root = await openManagedClone(git, machine.dataDir, await makeRemote(machine))
    const { path } = await openFor(machine, root, {}, git)
    const commit = await startCommit(path, join(machine.dir, 'editor-is-open'))
    const lock = join(root, '.git/worktrees/job_1/index.lock')
    await leaveLock(lock, 60 * MINUTE, false)
    await expect(git.run(path, ['add', '--all'])).rejects.toMatchObject({ code: 'GIT_FAILED' })
    expect(await isThere(lock)).toBe(true)
    await killNow(commit)
    await git.run(path, ['add', '--all'])
    expect(told).toEqual([lock])
  })

  test('stays while any process has it open', async () => {
    const { machine, git } = await makeHealingMachine()
    const root = await makeClone(machine, await makeRemote(machine))
    const lock = await leaveLock(join(root, '.git/config.lock'), 60 * MINUTE)
    const held = await open(lock)
    await expect(git.run(root, ['config', 'a.b', 'c'])).rejects.toMatchObject({ code: 'GIT_FAILED' })
    await held.close()
    await git.run(root, ['config', 'a.b', 'c'])
    expect(await sh(root, 'config', 'a.b')).toBe('c')
  })
})

/** Leaves a lock as a git that was killed so long ago would; its path. */
async function leaveLock(path: string, ageMs: number, isNew = true): Promise<string> {
  if (isNew) await writeFile(path, '')
  const then = new Date(Date.now() - ageMs)
  await utimes(path, then, then)
  return path
}

/** A git that holds the index of a worktree while its editor waits, which then makes the file `sign`; its process. */
async function startCommit(path: string, sign: string): Promise<number> {
  await writeFiles(path, { 'a.txt': 'a' })
  await sh(path, 'add', '--all')
  const editor = { GIT_EDITOR: `touch '${sign}'; sleep 600 #`, PATH: process.env.PATH ?? '', HOME: path }
  const person = ['-c', 'user.name=A Person', '-c', 'user.email=person@example.com']
  const commit = execa('git', [...person, 'commit', '--all'], {
    cwd: path,
    env: editor,
    extendEnv: false,
    reject: false,
  })
  onTestFinished(() => void commit.kill('SIGKILL'))
  if (commit.pid === undefined) throw new Error('git was not started')
  // Until then it still writes to the lock that it has.
  await vi.waitUntil(() => isThere(sign), { timeout: 20_000 })
  return commit.pid
}
