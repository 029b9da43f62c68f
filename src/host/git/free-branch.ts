import { AppError } from '../../errors.ts'
import type { Git } from './git.ts'
import type { WorktreeEntry } from './list-worktrees.ts'
import { rescueWorktree } from './rescue.ts'
import { saveUnlessOnOrigin } from './save-commit.ts'
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
 * Takes the branch from the worktree of a dead attempt: its work is saved, its HEAD detached, its folder left for the
 * clean-up; the record of one whose folder is gone is dropped. Returns the rescue refs. A folder that is not ours is
 * never touched: a worktree of a person that has the branch is an error that names it.
 */
export async function freeBranch(git: Git, wish: BranchWish, entries: readonly WorktreeEntry[]): Promise<string[]> {
  const place = await realEntry(wish.path)
  const inTheWay = entries.filter(
    entry => entry.path === place || (wish.branch !== null && entry.branch === wish.branch),
  )
  const rescued: string[] = []
  for (const entry of inTheWay) {
    if (!(await isBelow(wish.worktreesDir, entry.path))) throw notOurs(entry.path, wish)
    const ref = (await isThere(entry.path)) ? await detach(git, wish, entry) : await forget(git, wish, entry)
    if (ref !== null) rescued.push(ref)
  }
  return rescued
}

/** The folder's name does not tell the claim for sure, the mark in its lock does. */
function claimOf(entry: WorktreeEntry, { jobId, claimNo }: BranchWish): { jobId: string; claimNo: number } {
  return entry.mark ?? { jobId, claimNo }
}

/** Index and files stay as they are, so this works in the middle of a merge, where `git checkout --detach` does not. */
async function detach(git: Git, wish: BranchWish, { path, ...entry }: WorktreeEntry): Promise<string | null> {
  const { jobId, claimNo } = claimOf({ path, ...entry }, wish)
  const ref = await rescueWorktree(git, { root: wish.root, path, jobId, claimNo })
  const record = await findRecord(git, wish.root, path)
  if (record === null || entry.headSha === null) return ref
  await git.run(wish.root, ['update-ref', '--no-deref', 'HEAD', entry.headSha], { env: byRecord(record, path) })
  return ref
}

async function forget(git: Git, wish: BranchWish, entry: WorktreeEntry): Promise<string | null> {
  const { jobId, claimNo } = claimOf(entry, wish)
  const ref = await saveUnlessOnOrigin(git, wish.root, entry.headSha, jobId, claimNo)
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
