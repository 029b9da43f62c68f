import { addWorktree, checkPlace } from './add-worktree.ts'
import { checkBranchName, contains, tipOf } from './branch.ts'
import { freeBranch } from './free-branch.ts'
import type { Git } from './git.ts'
import { listWorktrees } from './list-worktrees.ts'
import type { OriginRefs } from './origin.ts'
import { isRescued, saveCommit } from './save-commit.ts'
import { findStartCommit } from './start-commit.ts'

export interface WorktreeWish {
  root: string
  /** From `worktreePath`. */
  path: string
  branch: string
  jobId: string
  claimNo: number
  /** Where an earlier attempt of the job started. */
  baseSha: string | null
  worktreesDir: string
  /** What origin has just told of its HEAD and the branch; it is asked else. */
  origin?: OriginRefs
}
export interface OpenedWorktree {
  path: string
  branch: string
  /** The commit that the worktree starts from: the earlier attempt's where that still holds, else a new one. */
  baseSha: string
  /** Whether origin had the branch already. */
  reusedBranch: boolean
  /** Refs under which work of earlier attempts was saved on the way. */
  rescued: string[]
}

/**
 * Makes a claim's worktree on its branch, at origin's tip of it, else at `baseSha`, else at origin's default branch.
 * Commits in the way (a dead attempt's, a local tip that origin lacks) are saved to rescue refs first. When it fails or
 * is aborted, what it made is gone again, and it can be repeated.
 */
export async function openWorktree(git: Git, wish: WorktreeWish, signal?: AbortSignal): Promise<OpenedWorktree> {
  const { root, path, branch } = wish
  checkBranchName(branch)
  await checkPlace(wish)
  const [start, entries, tip] = await Promise.all([
    findStartCommit(git, wish, signal),
    listWorktrees(git, root, signal),
    tipOf(git, root, `refs/heads/${branch}`),
  ])
  const freed = await freeBranch(git, wish, entries)
  const saved = tip === null ? null : await saveTip(git, wish, tip, start.sha)
  // The old value (empty: none) makes the write fail when the branch moves at this moment: nothing unsaved is left behind.
  if (tip !== start.sha) await git.run(root, ['update-ref', `refs/heads/${branch}`, start.sha, tip ?? ''])
  try {
    await addWorktree(git, wish, start.sha, signal)
  } catch (cause) {
    if (tip === null) await git.run(root, ['update-ref', '-d', `refs/heads/${branch}`, start.sha])
    throw cause
  }
  const rescued = saved === null ? freed : [...freed, saved]
  return { path, branch, baseSha: start.sha, reusedBranch: start.reusedBranch, rescued }
}

async function saveTip(git: Git, { root, jobId, claimNo }: WorktreeWish, tip: string, start: string) {
  if ((await contains(git, root, tip, start)) || (await isRescued(git, root, tip))) return null
  return saveCommit(git, root, tip, jobId, claimNo)
}
