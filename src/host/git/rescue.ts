import { AppError } from '../../errors.ts'
import { commitFiles } from './commit-files.ts'
import { type Head, readHead } from './commit-tree.ts'
import { type Git, WHOLE_LIST_BYTES } from './git.ts'
import { readStatus } from './read-status.ts'
import { readRemoval } from './removal-mark.ts'
import { type RecordedWorktree, rescueLoose } from './rescue-loose.ts'
import { isRescueOf } from './rescue-name.ts'
import { rescueNested } from './rescue-nested.ts'
import { saveUnlessOnOrigin } from './save-commit.ts'
import { checkClaim, isThere } from './worktree-path.ts'
import { byRecord, findRecord } from './worktree-record.ts'

export interface ClaimedWorktree {
  root: string
  path: string
  jobId: string
  claimNo: number
}
export interface SavedWorktree {
  /** Where the last state is, or, where origin has that, something else of the attempt; null when origin has all. */
  ref: string | null
  /** The commit of the last state, wherever it is; null when there is none. */
  state: string | null
  /** The commit of HEAD as it was when the saving began, which `state` is or builds on. */
  head: string | null
}

/**
 * Saves a worktree's HEAD with its uncommitted and untracked files (ignored ones left out) under a rescue ref, and
 * beside it what else is only here; returns the ref's name, or null when all of it is on origin. The worktree itself
 * stays as it is.
 */
export async function rescueWorktree(git: Git, worktree: ClaimedWorktree): Promise<string | null> {
  const { root, path } = worktree
  const record = await findRecord(git, root, path)
  if (record !== null) return (await saveWorktree(git, { ...worktree, record })).ref
  if (await isThere(path)) throw notAWorktree(path, root)
  return null
}

/** The same with what a deletion needs to know. What can be saved is, before GIT_FAILED says what cannot. */
export async function saveWorktree(git: Git, place: RecordedWorktree): Promise<SavedWorktree> {
  const { root, path, record, jobId, claimNo } = place
  checkClaim(jobId, claimNo)
  const isFolder = await isThere(path)
  const head = await readHead(git, root, 'HEAD', { GIT_DIR: record })
  // HEAD comes first: it is then safe, whatever makes the files unreadable.
  const headRef = await saveUnlessOnOrigin(git, root, head?.sha ?? null, jobId, claimNo)
  const loose = await rescueLoose(git, place)
  const { state, untracked, isGoing } = await commitState(git, place, isFolder, head)
  const isNew = state !== null && state !== head?.sha
  const stateRef = isNew ? await saveUnlessOnOrigin(git, root, state, jobId, claimNo) : headRef
  const nested = await rescueNested(git, { ...place, path: isFolder ? path : null, name: '', untracked, isGoing })
  if (nested.failures.length > 0) throw notAllSaved(path, nested.failures)
  // Another claim of the job may have saved the same before.
  const own = [...loose, ...nested.refs].find(ref => isRescueOf(ref, place))
  return { ref: stateRef ?? own ?? null, state, head: head?.sha ?? null }
}

/** The files as they are; where the folder is being deleted, what was written since all was saved. */
async function commitState(
  git: Git,
  { root, path, record, jobId, claimNo }: RecordedWorktree,
  isFolder: boolean,
  head: Head | null,
): Promise<{ state: string | null; untracked: string[]; isGoing: boolean }> {
  const going = await readRemoval(git, root, record)
  const isGoing = going !== null
  const saved = going?.saved ?? null
  if (!isFolder) return { state: saved?.sha ?? head?.sha ?? null, untracked: [], isGoing }
  const whole = { bytes: true, maxOutputBytes: WHOLE_LIST_BYTES, insideSubmodules: false }
  const { present, gone } = await readStatus(git, path, { env: byRecord(record, path), ...whole })
  const untracked = present.filter(file => file.endsWith('/'))
  const message = `Work of job ${jobId}, claim ${claimNo}, that was not committed`
  const place = { record, path, message, present }
  if (going) {
    const late = { ...place, parent: saved, others: 'parent', gone: [] } as const
    return { state: present.length === 0 ? (saved?.sha ?? null) : await commitFiles(git, late), untracked, isGoing }
  }
  if (present.length + gone.length === 0) return { state: head?.sha ?? null, untracked, isGoing }
  return { state: await commitFiles(git, { ...place, parent: head, others: 'index', gone }), untracked, isGoing }
}

/** The error for a folder that git has no record of: it may be anything, so it is left alone. */
export function notAWorktree(path: string, root: string, cause?: unknown): AppError {
  return new AppError('CONFLICT', `The folder ${path} is not a worktree of ${root}; nothing was touched.`, {
    hint: 'Look into the folder, keep what is of use, and move or delete it.',
    cause,
  })
}

function notAllSaved(path: string, failures: readonly string[]): AppError {
  return new AppError('GIT_FAILED', `Not all that is in ${path} could be saved: ${failures.join(' | ')}`, {
    hint: 'Look into the repositories there, keep what is of use elsewhere, and delete them; the rest is saved.',
  })
}
