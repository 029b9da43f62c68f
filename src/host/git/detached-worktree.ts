import { addWorktree, checkPlace } from './add-worktree.ts'
import { freeBranch } from './free-branch.ts'
import type { Git } from './git.ts'
import { listWorktrees } from './list-worktrees.ts'
import { findStartCommit } from './start-commit.ts'

export interface DetachedWorktreeWish {
  root: string
  path: string
  jobId: string
  claimNo: number
  worktreesDir: string
}

/** Makes a worktree for reading, detached at the tip of origin's default branch; any number of them can stand there. */
export async function openDetachedWorktree(
  git: Git,
  wish: DetachedWorktreeWish,
  signal?: AbortSignal,
): Promise<{ path: string; baseSha: string }> {
  const detached = { ...wish, branch: null }
  await checkPlace(detached)
  const [start, entries] = await Promise.all([
    findStartCommit(git, { root: wish.root, branch: null, baseSha: null }, signal),
    listWorktrees(git, wish.root, signal),
  ])
  await freeBranch(git, detached, entries)
  await addWorktree(git, detached, start.sha, signal)
  return { path: wish.path, baseSha: start.sha }
}
