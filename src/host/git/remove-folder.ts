import { rm } from 'node:fs/promises'
import { AppError } from '../../errors.ts'
import { isThere } from './worktree-path.ts'

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
