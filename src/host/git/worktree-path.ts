import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { AppError } from '../../errors.ts'

/** The folder for a claim's worktree: the job's id, or `<job id>-<claim_no>` when an earlier attempt still stands there. */
export async function worktreePath(worktreesDir: string, jobId: string, claimNo: number): Promise<string> {
  checkClaim(jobId, claimNo)
  const first = join(worktreesDir, jobId)
  return (await isThere(first)) ? join(worktreesDir, `${jobId}-${claimNo}`) : first
}

/** Throws VALIDATION_ERROR for an id or a number that is not safe as a folder and as a part of a ref. */
export function checkClaim(jobId: string, claimNo: number): void {
  if (/^[A-Za-z0-9_][A-Za-z0-9_-]{0,127}$/.test(jobId) && Number.isSafeInteger(claimNo) && claimNo >= 0) return
  throw new AppError(
    'VALIDATION_ERROR',
    `${JSON.stringify(jobId)}, claim ${claimNo}, is not a job's id and claim number.`,
  )
}

/** Throws VALIDATION_ERROR unless `path` is absolute and below `worktreesDir`, also after all links are followed. */
export async function checkBelow(worktreesDir: string, path: string): Promise<void> {
  if (isAbsolute(path) && (await isBelow(worktreesDir, path))) return
  throw new AppError(
    'VALIDATION_ERROR',
    `${path} is not below the folder for worktrees, ${worktreesDir}; nothing was touched.`,
  )
}

/** Whether `path` lies below `folder`, once the links on the way to both are followed. */
export async function isBelow(folder: string, path: string): Promise<boolean> {
  const way = relative(await realFolder(resolve(folder)), await realEntry(path))
  return way !== '' && way !== '..' && !way.startsWith('../') && !isAbsolute(way)
}

/** The path with the links of its parent folders followed, as git writes it down; its last part need not exist. */
export async function realEntry(path: string): Promise<string> {
  const whole = resolve(path)
  return join(await realFolder(dirname(whole)), basename(whole))
}

/** Whether anything is at `path`, be it a link that leads nowhere. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (cause) {
    if (isMissing(cause)) return false
    throw cause
  }
}

/** Whether a file operation failed because there is nothing at the path. */
export function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')
}

async function realFolder(folder: string): Promise<string> {
  try {
    return await realpath(folder)
  } catch (cause) {
    if (!isMissing(cause) || dirname(folder) === folder) throw cause
    return join(await realFolder(dirname(folder)), basename(folder))
  }
}
