import { join } from 'node:path'
import { commitFiles } from './commit-files.ts'
import { gatherCommits, readHead } from './commit-tree.ts'
import { type Git, WHOLE_LIST_BYTES } from './git.ts'
import { findLoose, readNamedIds, readOrigin } from './loose-commits.ts'
import { listNestedRepositories, type NestedRepository } from './nested-repositories.ts'
import { readStatus, type Status } from './read-status.ts'
import { ANY_REF, keepBeside } from './save-commit.ts'
import { byRecord } from './worktree-record.ts'

/** The worktree, or a repository in it, of whose inner repositories the work is to be saved. */
export interface OuterWorktree {
  root: string
  jobId: string
  claimNo: number
  record: string
  /** Null when its folder is gone. */
  path: string | null
  /** From the root of the whole worktree; empty for that itself. */
  name: string
  untracked: readonly string[]
  /** Whether its deletion has begun: what is missing is no work then, and what cannot be read was saved before. */
  isGoing: boolean
}
export interface NestedRescue {
  refs: string[]
  /** What could not be saved, and why. */
  failures: string[]
}

/**
 * Brings into rescue refs of the root repository what repositories inside a worktree have, and what is inside those: with
 * the worktree their git folders go, too. What their remotes have needs none. One that fails holds up no other.
 */
export async function rescueNested(git: Git, outer: OuterWorktree): Promise<NestedRescue> {
  const found: NestedRescue = { refs: [], failures: [] }
  const [start] = await readNamedIds(outer.record)
  for (const nested of await listNestedRepositories(git, outer)) {
    const name = join(outer.name, nested.name)
    try {
      const pinned = start === undefined ? null : await readPinned(git, outer, `${start}:${nested.name}`)
      const { ref, untracked } = await rescueOne(git, { ...outer, name }, nested, pinned)
      if (ref !== null) found.refs.push(ref)
      const inner = await rescueNested(git, { ...outer, name, record: nested.gitDir, path: nested.path, untracked })
      found.refs.push(...inner.refs)
      found.failures.push(...inner.failures)
    } catch (cause) {
      if (!outer.isGoing) found.failures.push(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`)
    }
  }
  return found
}

/** The commit of a submodule with which its worktree began: whoever made that has it. */
async function readPinned(git: Git, { root, record }: OuterWorktree, name: string): Promise<string | null> {
  const options = { env: { GIT_DIR: record }, okExitCodes: [0, 1, 128] }
  return (await git.run(root, ['rev-parse', '--verify', '--quiet', name], options)).stdout.trim() || null
}

/** Everything that one inner repository has and its remotes have not, as one commit on one ref. */
async function rescueOne(git: Git, outer: OuterWorktree, nested: NestedRepository, pinned: string | null) {
  const { gitDir } = nested
  const env = byRecord(gitDir, nested.path ?? gitDir)
  const cwd = nested.path ?? gitDir
  const head = await readHead(git, cwd, 'HEAD', env)
  const status = nested.path === null || outer.isGoing ? null : await statusOf(git, nested.path, env)
  const message = `Work of job ${outer.jobId}, claim ${outer.claimNo}, in the repository ${outer.name}`
  const { dirty = [], present = [], gone = [] } = status ?? {}
  const files = { record: gitDir, path: cwd, parent: head, others: 'index', message, present, gone } as const
  const state = dirty.length === 0 ? (head?.sha ?? null) : await commitFiles(git, files)
  const own = nested.isLinked ? [] : await listOwnTips(git, cwd, env)
  const ids = [...(state === null ? [] : [state]), ...own, ...(await readNamedIds(gitDir))]
  const theirs = [pinned, await readOrigin(gitDir)].filter(sha => sha !== null)
  const known = nested.isLinked ? ANY_REF : ['--remotes', ...theirs]
  const commits = await findLoose(git, cwd, { ids: [...new Set(ids)], known, env })
  const untracked = present.filter(file => file.endsWith('/'))
  if (commits.length === 0) return { ref: null, untracked }
  const sha = await gatherCommits(git, cwd, { commits, message, env })
  await git.run(outer.root, [...FETCH, '--', gitDir, sha], { long: true })
  return { ref: await keepBeside(git, outer.root, sha, outer), untracked }
}

/** By its id: nothing is written into the inner repository for it. One that is shallow may stay so. */
const FETCH = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--update-shallow']

function statusOf(git: Git, path: string, env: Record<string, string>): Promise<Status> {
  return readStatus(git, path, { env, bytes: true, maxOutputBytes: WHOLE_LIST_BYTES, insideSubmodules: false })
}

/** Its refs, but for what it knows of its remotes and for versions that they gave names to. */
async function listOwnTips(git: Git, cwd: string, env: Record<string, string>): Promise<string[]> {
  const { stdout } = await git.run(cwd, ['for-each-ref', '--format=%(objectname) %(refname)'], { env })
  return stdout.split('\n').flatMap(line => {
    const [sha, ref] = line.split(' ')
    return sha && ref && !/^refs\/(?:remotes|tags)\//.test(ref) ? [sha] : []
  })
}
