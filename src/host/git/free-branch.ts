import { AppError } from '../../errors.ts'
import type { Git } from './git.ts'
import type { WorktreeEntry } from './list-worktrees.ts'
import { rescueWorktree } from './rescue.ts'
import { listRescueRefs } from './rescue-refs.ts'
import { isBelow, isThere, realEntry } from './worktree-path.ts'
import { byRecord, dropRecord, findRecord } from './worktree-record.ts'

export interface BranchWish {
  root: string
  path: string
  branch: string | null
  worktreesDir: string
  jobId: string
  claimNo: number
}

/**
 * Takes the branch from the worktrees of dead attempts, and saves what those have that were made for it or for the job,
 * wherever they are now: their HEADs are detached, their folders left for the clean-up; the record of one whose folder is
 * gone is dropped. Returns the rescue refs. A folder that is not ours is never touched: a worktree of a person that has
 * the branch is an error that names it.
 */
export async function freeBranch(git: Git, wish: BranchWish, entries: readonly WorktreeEntry[]): Promise<string[]> {
  const place = await realEntry(wish.path)
  const rescued: string[] = []
  for (const entry of entries) {
    const isInTheWay = entry.path === place || (wish.branch !== null && entry.branch === wish.branch)
    if (!isInTheWay && !isDead(entry, wish)) continue
    const isOurs = await isBelow(wish.worktreesDir, entry.path)
    if (isInTheWay && !isOurs) throw notOurs(entry.path, wish)
    if (!isOurs) continue
    const ref = (await isThere(entry.path)) ? await detach(git, wish, entry) : await forget(git, wish, entry)
    if (ref !== null) rescued.push(ref)
  }
  return rescued
}

/** Of a job one claim is live at most, and of those that work on a branch one: that for which this set-up is. */
function isDead({ mark }: WorktreeEntry, { jobId, claimNo, branch }: BranchWish): boolean {
  if (mark === null) return false
  return mark.jobId === jobId ? mark.claimNo < claimNo : branch !== null && mark.branch === branch
}

/** The folder's name does not tell the claim for sure, the mark in its lock does. */
function claimOf(entry: WorktreeEntry, { jobId, claimNo }: BranchWish): { jobId: string; claimNo: number } {
  return entry.mark ?? { jobId, claimNo }
}

/** Index and files stay as they are, so this works in the middle of a merge, where `git checkout --detach` does not. */
async function detach(git: Git, wish: BranchWish, entry: WorktreeEntry): Promise<string | null> {
  const { root } = wish
  const { path } = entry
  const ref = await save(git, root, { ...claimOf(entry, wish), path })
  const record = await findRecord(git, root, path)
  if (record === null || entry.headSha === null || entry.branch === null) return ref
  await git.run(root, ['update-ref', '--no-deref', 'HEAD', entry.headSha], { env: byRecord(record, path) })
  return ref
}

/** All of it stays where it is, so what cannot be saved now holds up no set-up: the clean-up tries again, and says why not. */
async function save(git: Git, root: string, claim: { jobId: string; claimNo: number; path: string }) {
  try {
    return await rescueWorktree(git, { root, ...claim })
  } catch (cause) {
    if (!(cause instanceof AppError) || cause.code !== 'GIT_FAILED') throw cause
    const kept = await listRescueRefs(git, root, claim.jobId)
    return kept.find(({ claimNo }) => claimNo === claim.claimNo)?.ref ?? null
  }
}

async function forget(git: Git, wish: BranchWish, entry: WorktreeEntry): Promise<string | null> {
  const ref = await rescueWorktree(git, { root: wish.root, path: entry.path, ...claimOf(entry, wish) })
  await dropRecord(git, wish.root, entry.path)
  return ref
}

function notOurs(path: string, { root, branch, worktreesDir }: BranchWish): AppError {
  return new AppError(
    'CONFLICT',
    `The branch ${branch} is checked out in ${path}, which is not below ${worktreesDir}.`,
    {
      hint: `Commit the work there and switch that folder to another branch; if it is gone, run \`git -C ${root} worktree prune\`.`,
    },
  )
}
