import { lstat, realpath, unlink } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { type GitFailure, lockFilesIn } from './git-failure.ts'
import { type Healing, removeIfLeft } from './remove-if-left.ts'
import { isBelow, isMissing } from './worktree-path.ts'
import { markOfRecord } from './worktree-record.ts'

/** Removes the locks that a git ran into, where a killed one left them; true when there is one less. */
export async function removeLeftLocks(
  healing: Healing,
  { cwd, common, failure }: { cwd: string; common: string; failure: GitFailure },
): Promise<boolean> {
  let isLess = false
  for (const named of lockFilesIn(failure)) {
    const path = await realFile(resolve(cwd, named))
    if (path === null || !(await isBelow(common, path))) continue
    const isOurs = await isOursAlone(healing, common, path)
    const left = { path, isOurs, changedAt: () => changedAt(path), remove: () => unlink(path) }
    if (await removeIfLeft(healing, common, left)) isLess = true
  }
  return isLess
}

/** In a clone of ours, or in the record of a worktree of ours. */
async function isOursAlone({ dataDir, worktreesDir }: Healing, common: string, path: string): Promise<boolean> {
  if (await isBelow(join(dataDir, 'repos'), common)) return true
  const [records, name] = relative(await realpath(common), path).split('/')
  if (records !== 'worktrees' || name === undefined) return false
  return (await markOfRecord(join(common, records, name), worktreesDir)) !== null
}

/** With the links of its folders followed, as the system names a file that is open; null when it is none. */
async function realFile(path: string): Promise<string | null> {
  try {
    const file = join(await realpath(dirname(path)), basename(path))
    return (await lstat(file)).isFile() ? file : null
  } catch (cause) {
    if (isMissing(cause)) return null
    throw cause
  }
}

async function changedAt(path: string): Promise<number | null> {
  try {
    return (await lstat(path)).mtimeMs
  } catch (cause) {
    if (isMissing(cause)) return null
    throw cause
  }
}
