import { checkSha } from './branch.ts'
import type { Git } from './git.ts'
import { GitFailure } from './git-failure.ts'
import { readStatus } from './read-status.ts'

export interface ChangedPaths {
  paths: string[]
  changedLines: number
}
export interface WorktreeStatus {
  headSha: string
  branch: string | null
  /** Changed, conflicted and untracked paths; ignored ones are left out. */
  dirty: string[]
}

/**
 * What a job changed between the commit it started from and its head, without what came in from elsewhere: a renamed
 * file counts with both its names, a binary one as one line.
 */
export async function changedPaths(git: Git, path: string, baseSha: string, headSha: string): Promise<ChangedPaths> {
  for (const sha of [baseSha, headSha]) checkSha(sha)
  const { stdout } = await git.run(path, [...NUMSTAT, `${baseSha}...${headSha}`, '--'], { long: true })
  return parseNumstat(stdout)
}

/** Where a worktree stands and what in it is not committed. */
export async function worktreeStatus(git: Git, path: string): Promise<WorktreeStatus> {
  const { headSha, branch, dirty } = await readStatus(git, path)
  if (headSha === null)
    throw new GitFailure('exit', `git status in ${path}`, 'the worktree is on a branch without commits')
  return { headSha, branch, dirty }
}

const NUMSTAT = [
  'diff',
  '--numstat',
  '-z',
  '--find-renames',
  '--no-ext-diff',
  '--no-textconv',
  '--no-relative',
  '--no-color',
]

/** A record is `added TAB deleted TAB path NUL`; a rename has an empty path, and its two names follow as records. */
function parseNumstat(output: string): ChangedPaths {
  const paths: string[] = []
  let changedLines = 0
  const fields = output.split('\0').values()
  for (const field of fields) {
    const match = /^(\d+|-)\t(\d+|-)\t([\s\S]*)$/.exec(field)
    if (match === null) continue
    const [, added = '-', deleted = '-', path = ''] = match
    changedLines += added === '-' ? 1 : Number(added) + Number(deleted)
    paths.push(...(path === '' ? [fields.next().value ?? '', fields.next().value ?? ''] : [path]))
  }
  return { paths: [...new Set(paths)], changedLines }
}
