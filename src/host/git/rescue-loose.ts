import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tipOf } from './branch.ts'
import { gatherCommits } from './commit-tree.ts'
import type { Git } from './git.ts'
import { parseMark } from './list-worktrees.ts'
import { findLoose, readNamedIds } from './loose-commits.ts'
import { ANY_REF, isOnOrigin, keepBeside } from './save-commit.ts'
import { isThere } from './worktree-path.ts'
import { whenThere } from './worktree-record.ts'

export interface RecordedWorktree {
  root: string
  path: string
  jobId: string
  claimNo: number
  /** Where git keeps its record of it. */
  record: string
}

/**
 * Keeps what an attempt has beside its HEAD: the tip of its branch where HEAD is not on it, what it stashed, and commits
 * that nothing but git's record of the worktree names. Returns the refs that have it.
 */
export async function rescueLoose(git: Git, worktree: RecordedWorktree): Promise<string[]> {
  const { root, jobId, claimNo, record } = worktree
  const named = await readNamedIds(record)
  const branch = parseMark((await readIn(record, 'locked')).trim())?.branch ?? null
  const isOnIt = (await readIn(record, 'HEAD')).trim() === `ref: refs/heads/${branch}`
  const tips = isOnIt || branch === null ? [] : await listTip(git, root, branch, named)
  const refs: string[] = []
  for (const sha of [...tips, ...(await listStashed(git, worktree, branch, named))])
    refs.push(await keepBeside(git, root, sha, worktree))
  const commits = await findLoose(git, root, { ids: named, known: ANY_REF })
  if (commits.length === 0) return refs
  const message = `Commits of job ${jobId}, claim ${claimNo}, that were on no branch`
  return [...refs, await keepBeside(git, root, await gatherCommits(git, root, { commits, message }), worktree)]
}

function readIn(record: string, file: string): Promise<string> {
  return whenThere(readFile(join(record, file), 'utf8'), '')
}

/** The tip of the branch that we made for it, if this worktree has been there: the next attempt starts that anew. */
async function listTip(git: Git, root: string, branch: string, named: readonly string[]): Promise<string[]> {
  const tip = await tipOf(git, root, `refs/heads/${branch}`)
  return tip === null || !named.includes(tip) || (await isOnOrigin(git, root, tip)) ? [] : [tip]
}

/** Stashes are the whole repository's; what was stashed here is on the worktree's branch, or on a commit of its own. */
async function listStashed(
  git: Git,
  { root, record }: RecordedWorktree,
  branch: string | null,
  named: readonly string[],
): Promise<string[]> {
  // The log is what makes them a list; it lies two folders above the record.
  if (!(await isThere(join(record, '..', '..', 'logs', 'refs', 'stash')))) return []
  const args = ['log', '--walk-reflogs', '--format=%H %P%x00%gs', 'refs/stash', '--']
  const [start, ...later] = named
  return (await git.run(root, args)).stdout.split('\n').flatMap(line => {
    const [ids = '', subject = ''] = line.split('\0')
    const [sha, base = ''] = ids.split(' ')
    const on = /^(?:WIP on|On) (.+?): /.exec(subject)?.[1]
    const isOurs = on === branch || later.includes(base) || (on === '(no branch)' && base === start)
    return sha && on !== undefined && isOurs ? [sha] : []
  })
}
