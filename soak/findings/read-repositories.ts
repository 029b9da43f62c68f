import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../../src/host/git/worktree-path.ts'
import { refsBelow, sh } from '../../test/support/repositories.ts'
import type { SoakMachine } from '../stage/machine.ts'
import type { Soak } from '../stage/soak.ts'

export interface CommitLine {
  sha: string
  subject: string
}

/** What the repositories hold when all is over. */
export interface Repositories {
  /** Every commit and every file's content that a branch of a remote, or a rescue ref anywhere, leads to. */
  kept: ReadonlySet<string>
  /** By remote and branch, what is on it beyond main, older ones first. */
  branches: ReadonlyMap<string, readonly CommitLine[]>
  clones: { machine: SoakMachine; path: string }[]
}

const RESCUES = '--glob=refs/scrum4me/rescue/'

export async function readRepositories({ remotes, repoUrls, machines }: Soak): Promise<Repositories> {
  const kept = new Set<string>()
  const branches = new Map<string, CommitLine[]>()
  for (const [n, remote] of remotes.entries()) {
    await collect(kept, remote, ['--branches', RESCUES])
    for (const ref of Object.keys(await refsBelow(remote, 'refs/heads/feat')))
      branches.set(`${repoUrls[n]} ${ref.replace('refs/heads/', '')}`, await historyOf(remote, ref))
  }
  const clones = (await Promise.all(machines.map(clonesOf))).flat()
  for (const { path } of clones) await collect(kept, path, [RESCUES])
  return { kept, branches, clones }
}

async function collect(kept: Set<string>, repository: string, refs: readonly string[]): Promise<void> {
  const lines = await sh(repository, 'rev-list', '--objects', ...refs)
  for (const line of lines.split('\n')) kept.add(line.slice(0, 40))
}

async function historyOf(remote: string, ref: string): Promise<CommitLine[]> {
  const lines = await sh(remote, 'log', '--reverse', '--topo-order', '--format=%H %s', `main..${ref}`)
  return lines
    .split('\n')
    .filter(Boolean)
    .map(line => ({ sha: line.slice(0, 40), subject: line.slice(41) }))
}

async function clonesOf(machine: SoakMachine): Promise<Repositories['clones']> {
  const folder = join(machine.dataDir, 'repos', 'file')
  return (await namesIn(folder))
    .filter(name => !name.startsWith('.'))
    .map(name => ({ machine, path: join(folder, name) }))
}

/** What is in a folder; nothing in one that is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
