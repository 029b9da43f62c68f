import { lstat, readdir, rm, rmdir, unlink } from 'node:fs/promises'
import { AppError } from '../../errors.ts'
import { isMissing, isThere } from './worktree-path.ts'

/** Deletes a folder with all that is in it; none is fine. GIT_FAILED when something in it resists. */
export async function removeFolder(path: string): Promise<void> {
  if (!(await isThere(path))) return
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 5 })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('GIT_FAILED', `The folder ${path} could not be deleted: ${why}`, {
      hint: 'Give its files to the user of this host (containers may have made them as another user), then try again.',
      cause,
    })
  }
}

/**
 * Deletes of a folder what nobody has written to since an instant of its file system's clock. Returns whether all of it is
 * gone; what resists is left.
 */
export async function removeUntouched(path: string, since: bigint): Promise<boolean> {
  return clear(Buffer.from(path), since)
}

async function clear(folder: Buffer, since: bigint): Promise<boolean> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' })
    const gone = await Promise.all(
      entries.map(entry => {
        const path = Buffer.concat([folder, Buffer.from('/'), entry.name])
        return entry.isDirectory() ? clear(path, since) : removeFile(path, since)
      }),
    )
    if (gone.includes(false)) return false
    await rmdir(folder)
    return true
  } catch (cause) {
    return unlessResisted(cause)
  }
}

async function removeFile(path: Buffer, since: bigint): Promise<boolean> {
  try {
    if ((await lstat(path, { bigint: true })).ctimeNs >= since) return false
    await unlink(path)
    return true
  } catch (cause) {
    return unlessResisted(cause)
  }
}

/** A file system's refusal is no more than that something is left; one that is gone is gone. */
function unlessResisted(cause: unknown): boolean {
  if (!(cause instanceof Error && 'code' in cause)) throw cause
  return isMissing(cause)
}
