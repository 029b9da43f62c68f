import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { sh } from '../../test/support/repositories.ts'
import type { SoakMachine } from '../stage/machine.ts'
import { type Finding, finding } from './finding.ts'
import { namesIn, type Repositories } from './read-repositories.ts'

/** Nothing is left lying about on the machines. */
export async function proveMachinesClean(
  machines: readonly SoakMachine[],
  { clones }: Repositories,
  remotes: readonly string[],
): Promise<Finding[]> {
  const locks = await Promise.all([...clones.map(({ path }) => join(path, '.git')), ...remotes].map(locksIn))
  return [
    finding('no folder of a worktree is left', await leftIn(machines, ({ worktreesDir }) => worktreesDir)),
    finding(
      `git has no worktree on record (${clones.length} clones)`,
      (await Promise.all(clones.map(({ path }) => recordsIn(path)))).flat(),
    ),
    finding('no lock file of git is left', locks.flat()),
    finding('no worktree’s equipment is left', await leftIn(machines, ({ dataDir }) => join(dataDir, 'equipment'))),
    finding('no half-made clone is left', await leftIn(machines, ({ dataDir }) => join(dataDir, 'repos', 'file'), '.')),
  ]
}

async function leftIn(
  machines: readonly SoakMachine[],
  folderOf: (machine: SoakMachine) => string,
  prefix = '',
): Promise<string[]> {
  const lists = machines.map(async machine => {
    const folder = folderOf(machine)
    return (await namesIn(folder)).filter(name => name.startsWith(prefix)).map(name => join(folder, name))
  })
  return (await Promise.all(lists)).flat()
}

async function recordsIn(clone: string): Promise<string[]> {
  const records = (await sh(clone, 'worktree', 'list', '--porcelain')).split('\n\n').slice(1)
  return records.filter(record => record.trim() !== '').map(record => `${clone}: ${record.replaceAll('\n', ', ')}`)
}

async function locksIn(gitDir: string): Promise<string[]> {
  const names = await readdir(gitDir, { recursive: true })
  return names.filter(name => name.endsWith('.lock')).map(name => join(gitDir, name))
}
