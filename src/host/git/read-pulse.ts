import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Git } from './git.ts'
import { readStatus } from './read-status.ts'

/** Of so many changed files the times are looked at; the number of all of them counts anyway. */
const MOST_FILES = 1_000

/**
 * What changes whenever somebody works in a worktree: its commit, and which files that git looks at differ from it, of
 * which size and since when. Takes no lock.
 */
export async function readPulse(git: Git, path: string): Promise<string> {
  const { headSha, dirty } = await readStatus(git, path)
  const files = await Promise.all(
    dirty.slice(0, MOST_FILES).map(async file => [file, ...(await stamp(join(path, file)))]),
  )
  return JSON.stringify([headSha, dirty.length, files])
}

/** Nothing for a file that was deleted. */
async function stamp(path: string): Promise<number[]> {
  try {
    const { mtimeMs, size } = await lstat(path)
    return [mtimeMs, size]
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
