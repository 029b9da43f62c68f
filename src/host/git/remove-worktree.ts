import { rmdir } from 'node:fs/promises'
import { readHead } from './commit-tree.ts'
import type { Git } from './git.ts'
import { listWorktrees, type WorktreeEntry } from './list-worktrees.ts'
import { readNamedIds } from './loose-commits.ts'
import { markRemoval, readFileClock } from './removal-mark.ts'
import { removeFolder, removeUntouched } from './remove-folder.ts'
import { type ClaimedWorktree, notAWorktree, type SavedWorktree, saveWorktree } from './rescue.ts'
import { isOnOrigin, isRescued } from './save-commit.ts'
import { checkBelow, checkClaim, isThere, realEntry } from './worktree-path.ts'
import { dropRecord, findRecord } from './worktree-record.ts'

export interface Removal extends ClaimedWorktree {
  worktreesDir: string
  /** Hears where the work is before anything of it goes; what it throws leaves the worktree as it is. */
  onSaved?: (ref: string) => Promise<void>
}

/**
 * Saves what a worktree holds, deletes its folder, saves what was committed meanwhile, and only then makes git forget
 * it, together with the branch that we made for it. Returns the rescue ref, or null when all was on origin. It can be
 * repeated: what a deletion that was stopped half-way left is no work. Another claim's worktree at the path stays.
 */
export async function removeWorktree(git: Git, removal: Removal): Promise<string | null> {
  const { root, path, worktreesDir, jobId, claimNo } = removal
  checkClaim(jobId, claimNo)
  await checkBelow(worktreesDir, path)
  const entry = await findEntry(git, root, path)
  if (entry === null) return removeEmpty(root, path)
  if (entry.mark && (entry.mark.jobId !== jobId || entry.mark.claimNo !== claimNo)) return null
  const record = await findRecord(git, root, path)
  if (record === null) return null
  const place = { ...removal, record }
  const [since, known] = [await readFileClock(record), await readNamedIds(record)]
  let saved = await saveAndMark(git, place)
  // What an agent that was still at work has written since then is left, and saved, too.
  if (!(await removeUntouched(path, since))) saved = await saveAndMark(git, place)
  await removeFolder(path)
  // An agent that was still at work can have committed until the folder went, and its git writes to the record.
  const isQuiet = !(await isThere(path)) && (await isAsBefore(git, place, known, saved.head))
  const late = isQuiet ? saved : await saveWorktree(git, place)
  await dropRecord(git, root, path)
  if (entry.mark?.branch) await deleteBranch(git, root, entry.mark.branch, late)
  return late.ref ?? saved.ref
}

async function saveAndMark(git: Git, place: Removal & { record: string }): Promise<SavedWorktree> {
  const saved = await saveWorktree(git, place)
  if (saved.ref !== null) await place.onSaved?.(saved.ref)
  await markRemoval(place.record, saved.state)
  return saved
}

/** Whether HEAD, and all that git's record of the worktree names, are what they were. */
async function isAsBefore(
  git: Git,
  { root, record }: { root: string; record: string },
  known: readonly string[],
  sha: string | null,
): Promise<boolean> {
  const [head, named] = await Promise.all([readHead(git, root, 'HEAD', { GIT_DIR: record }), readNamedIds(record)])
  return (head?.sha ?? null) === sha && named.join() === known.join()
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

/** One that is checked out stays, and one that moves on at this moment, with what it got. */
async function deleteBranch(git: Git, root: string, branch: string, { head, state }: SavedWorktree): Promise<void> {
  const ref = `refs/heads/${branch}`
  const { stdout } = await git.run(root, ['for-each-ref', '--format=%(objectname)%00%(worktreepath)', ref])
  const [tip = '', holder] = stdout.trimEnd().split('\0')
  if (tip === '' || holder !== '') return
  const isSaved =
    tip === head || tip === state || (await isOnOrigin(git, root, tip)) || (await isRescued(git, root, tip))
  if (isSaved) await git.run(root, ['update-ref', '-d', ref, tip], { okExitCodes: [0, 1, 128] })
}
