import { AppError } from '../../errors.ts'
import { commitFiles, type Head } from './commit-files.ts'
import type { Git } from './git.ts'
import { readStatus } from './read-status.ts'
import { saveCommit, saveUnlessOnOrigin } from './save-commit.ts'
import { checkClaim, isThere } from './worktree-path.ts'
import { byRecord, findRecord } from './worktree-record.ts'

export interface ClaimedWorktree {
  root: string
  path: string
  jobId: string
  claimNo: number
}

/**
 * Saves a worktree's HEAD with its uncommitted and untracked files (ignored ones left out) under a rescue ref, and
 * returns the ref's name; null when all of it is on origin. The worktree itself stays as it is.
 */
export async function rescueWorktree(git: Git, worktree: ClaimedWorktree): Promise<string | null> {
  const { root, path, jobId, claimNo } = worktree
  checkClaim(jobId, claimNo)
  const record = await findRecord(git, root, path)
  const isFolder = await isThere(path)
  if (record === null && !isFolder) return null
  if (record === null) throw notAWorktree(path, root)
  const head = await headOf(git, root, record, path)
  // HEAD comes first: it is then safe, whatever makes the files unreadable.
  const saved = await saveUnlessOnOrigin(git, root, head?.sha ?? null, jobId, claimNo)
  const status = isFolder ? await readStatus(git, path, { env: byRecord(record, path), bytes: true }) : null
  if (status === null || status.dirty.length === 0) return saved
  const message = `Work of job ${jobId}, claim ${claimNo}, that was not committed`
  const commit = await commitFiles(git, { record, path, head, message, files: status.dirty })
  return saveCommit(git, root, commit, jobId, claimNo)
}

/** The error for a folder that git has no record of: it may be anything, so it is left alone. */
export function notAWorktree(path: string, root: string, cause?: unknown): AppError {
  return new AppError('CONFLICT', `The folder ${path} is not a worktree of ${root}; nothing was touched.`, {
    hint: 'Look into the folder, keep what is of use, and move or delete it.',
    cause,
  })
}

async function headOf(git: Git, root: string, record: string, path: string): Promise<Head | null> {
  const args = ['rev-list', '--max-count=1', '--timestamp', 'HEAD', '--']
  const { stdout, exitCode, stderr } = await git.run(root, args, { env: { GIT_DIR: record }, okExitCodes: [0, 128] })
  const [time, sha] = stdout.trim().split(' ')
  if (exitCode === 0 && time && sha) return { time, sha }
  if (/bad revision|unknown revision|ambiguous argument/.test(stderr)) return null
  throw new AppError('GIT_FAILED', `The HEAD of the worktree ${path} cannot be read: ${stderr.trim()}`)
}
