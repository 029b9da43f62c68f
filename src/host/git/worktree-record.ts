import { mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Git } from './git.ts'
import { isMissing, realEntry } from './worktree-path.ts'

/**
 * Where git keeps its record (HEAD, index) of the worktree at `path`, or null when it has none. With it as GIT_DIR a
 * command cannot land in another repository around the folder, even if the folder has lost its `.git` file or is gone.
 */
export async function findRecord(git: Git, root: string, path: string): Promise<string | null> {
  const { stdout } = await git.run(root, ['rev-parse', '--path-format=absolute', '--git-common-dir'])
  const records = join(stdout.replace(/\n$/, ''), 'worktrees')
  const wanted = [resolve(path, '.git'), join(await realEntry(path), '.git')]
  for (const name of await whenThere(readdir(records), [])) {
    const record = join(records, name)
    const link = await whenThere(readFile(join(record, 'gitdir'), 'utf8'), '')
    if (link !== '' && wanted.includes(resolve(record, link.replace(/\n$/, '')))) return record
  }
  return null
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

async function whenThere<T>(reading: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reading
  } catch (cause) {
    if (isMissing(cause)) return otherwise
    throw cause
  }
}
