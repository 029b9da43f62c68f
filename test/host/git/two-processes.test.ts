import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, expect, test } from 'vitest'
import { ensureBuilt } from '../../support/installation.ts'
import { type Machine, makeClone, makeMachine, makeRemote } from '../../support/repositories.ts'

const BUILT = new URL('../../../dist/host/git/', import.meta.url).href

beforeAll(ensureBuilt, 300_000)

test('H41 H39 two processes make four worktrees each in a folder with a space, on a machine without an identity', async () => {
  const machine = await makeMachine()
  const root = await makeClone(machine, await makeRemote(machine), 'My Projects/shop')
  const inProcess = (first: number) =>
    runBuilt(
      machine,
      `import { openWorktree } from '${BUILT}worktree.js'`,
      `const open = n => openWorktree(git, { root: ${JSON.stringify(root)}, path: worktreesDir + '/job_' + n, branch: 'feat/' + n,
         jobId: 'job_' + n, claimNo: 1, baseSha: null, worktreesDir })`,
      `await Promise.all(Array.from({ length: 4 }, (_, n) => open(n + ${first})))`,
    )
  await Promise.all([inProcess(0), inProcess(4)])
  expect((await readdir(machine.worktreesDir)).length).toBe(8)
})

test('H41 H39 two processes want one clone ten times each in a folder with a space, and get one whole one', async () => {
  const machine = { ...(await makeMachine()) }
  machine.dataDir = join(machine.dir, 'My Data')
  const remote = await makeRemote(machine, "Läden & Co's.git")
  const inProcess = () =>
    runBuilt(
      machine,
      `import { openManagedClone } from '${BUILT}managed-clone.js'`,
      `const gits = Array.from({ length: 10 }, () => createGit({ env }))`,
      `const open = git => openManagedClone(git, ${JSON.stringify(machine.dataDir)}, ${JSON.stringify(remote)})`,
      `console.log(new Set(await Promise.all(gits.map(open))).size)`,
    )
  expect(await Promise.all([inProcess(), inProcess()])).toEqual(['1', '1'])
  expect(await readdir(join(machine.dataDir, 'repos', 'file'))).toHaveLength(1)
  expect(await readdir(join(machine.dataDir, 'locks'))).toEqual([])
})

/** What a process prints that works on a machine as a host does. */
async function runBuilt({ env, worktreesDir }: Machine, ...script: string[]): Promise<string> {
  const lines = [
    `import { createGit } from '${BUILT}git.js'`,
    `const env = ${JSON.stringify(env)}, worktreesDir = ${JSON.stringify(worktreesDir)}, git = createGit({ env })`,
    `void git, worktreesDir`,
    ...script,
  ]
  return (await execa(process.execPath, ['--input-type=module', '--eval', lines.join('\n')])).stdout
}
