import { rmdir } from 'node:fs/promises'
import { tipOf } from './branch.ts'
import type { Git } from './git.ts'
import { listWorktrees, type WorktreeEntry } from './list-worktrees.ts'
import { removeFolder } from './remove-folder.ts'
import { type ClaimedWorktree, notAWorktree, rescueWorktree } from './rescue.ts'
import { isOnOrigin, isRescued, saveUnlessOnOrigin } from './save-commit.ts'
import { checkBelow, checkClaim, isThere, realEntry } from './worktree-path.ts'
import { dropRecord } from './worktree-record.ts'

/**
 * Saves what a worktree holds, deletes its folder, saves what was committed meanwhile, and only then makes git forget
 * it, together with the branch that we made for it. Returns the rescue ref, or null when all was on origin.
 */
export async function removeWorktree(
  git: Git,
  worktree: ClaimedWorktree & { worktreesDir: string },
): Promise<string | null> {
  const { root, path, worktreesDir, jobId, claimNo } = worktree
  checkClaim(jobId, claimNo)
  await checkBelow(worktreesDir, path)
  if ((await findEntry(git, root, path)) === null) return removeEmpty(root, path)
  const saved = await rescueWorktree(git, worktree)
  await removeFolder(path)
  // An agent that was still at work can have committed until the folder went, and its git writes to the record.
  const entry = await findEntry(git, root, path)
  const late = entry === null ? null : await saveUnlessOnOrigin(git, root, entry.headSha, jobId, claimNo)
  if (entry !== null) await dropRecord(git, root, path)
  if (entry?.mark?.branch) await deleteBranch(git, root, entry.mark.branch)
  return late ?? saved
}

async function findEntry(git: Git, root: string, path: string): Promise<WorktreeEntry | null> {
  const wanted = [path, await realEntry(path)]
  return (await listWorktrees(git, root)).find(entry => wanted.includes(entry.path)) ?? null
}

/** A set-up that was killed at its first step leaves an empty folder; one with content may be anything. */
async function removeEmpty(root: string, path: string): Promise<null> {
  if (!(await isThere(path))) return null
  try {
    await rmdir(path)
  } catch (cause) {
    throw notAWorktree(path, root, cause)
  }
  return null
}

async function deleteBranch(git: Git, root: string, branch: string): Promise<void> {
  const tip = await tipOf(git, root, `refs/heads/${branch}`)
  if (tip === null || !((await isOnOrigin(git, root, tip)) || (await isRescued(git, root, tip)))) return
  const isHeld = (await listWorktrees(git, root)).some(entry => entry.branch === branch)
  if (!isHeld) await git.run(root, ['update-ref', '-d', `refs/heads/${branch}`, tip])
}
