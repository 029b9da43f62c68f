import { lstat, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Head, readHead } from './commit-tree.ts'
import type { Git } from './git.ts'
import { whenThere } from './worktree-record.ts'

/**
 * Writes into git's record of a worktree that all of it is saved, the last state as this commit (null: there was none),
 * and that its folder is being deleted. From then on what is missing there is no work of anybody.
 */
export async function markRemoval(record: string, saved: string | null): Promise<void> {
  await writeFile(fileIn(record), saved ?? '')
}

/** What `markRemoval` has written; null for a worktree that nobody has begun to delete. */
export async function readRemoval(git: Git, root: string, record: string): Promise<{ saved: Head | null } | null> {
  const sha = await whenThere(readFile(fileIn(record), 'utf8'), null)
  if (sha === null) return null
  return { saved: sha === '' ? null : await readHead(git, root, sha) }
}

/** What time it is for a file that is written now. */
export async function readFileClock(record: string): Promise<bigint> {
  const file = join(record, 'scrum4me-now')
  await writeFile(file, '')
  return (await lstat(file, { bigint: true })).ctimeNs
}

function fileIn(record: string): string {
  return join(record, 'scrum4me-saved')
}
