import { mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Git } from './git.ts'
import { parseMark, type WorktreeMark } from './list-worktrees.ts'
import { isBelow, isMissing, realEntry } from './worktree-path.ts'

/**
 * Where git keeps its record (HEAD, index) of the worktree at `path`, or null when it has none. With it as GIT_DIR a
 * command cannot land in another repository around the folder, even if the folder has lost its `.git` file or is gone.
 */
export async function findRecord(git: Git, root: string, path: string): Promise<string | null> {
  const { stdout } = await git.run(root, ['rev-parse', '--path-format=absolute', '--git-common-dir'])
  const wanted = [resolve(path, '.git'), join(await realEntry(path), '.git')]
  for (const record of await listRecords(stdout.replace(/\n$/, ''))) {
    const link = await readPart(record, 'gitdir')
    if (link !== '' && wanted.includes(resolve(record, link))) return record
  }
  return null
}

/** The records of worktrees, whole or not, in a repository whose common folder is given. */
export async function listRecords(common: string): Promise<string[]> {
  const records = join(common, 'worktrees')
  return (await whenThere(readdir(records), [])).map(name => join(records, name))
}

/** Our mark in the record of a worktree of ours, as far as it is written; null for anybody else's. */
export async function markOfRecord(record: string, worktreesDir: string): Promise<WorktreeMark | null> {
  const [reason, link] = await Promise.all([readPart(record, 'locked'), readPart(record, 'gitdir')])
  return link === '' || (await isBelow(worktreesDir, dirname(resolve(record, link)))) ? parseMark(reason) : null
}

/** A file of a record, empty when there is none. */
export async function readPart(record: string, name: string): Promise<string> {
  return (await whenThere(readFile(join(record, name), 'utf8'), '')).replace(/\n$/, '')
}

/** Makes git forget the one worktree at `path`, whose folder is gone; others whose folders are gone are left alone. */
export async function dropRecord(git: Git, root: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true }) // git finds the record only when the parent folder exists
  await git.run(root, ['worktree', 'remove', '--force', '--force', '--', path])
}

/** The environment in which git works on a worktree by its record. */
export function byRecord(record: string, path: string): Record<string, string> {
  return { GIT_DIR: record, GIT_WORK_TREE: path }
}

/** What reading gives, or something else where there is nothing to read. */
export async function whenThere<T>(reading: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reading
  } catch (cause) {
    if (isMissing(cause)) return otherwise
    throw cause
  }
}
