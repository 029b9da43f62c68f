import { randomUUID } from 'node:crypto'
import { copyFile, lstat, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Git } from './git.ts'
import { isMissing } from './worktree-path.ts'
import { byRecord } from './worktree-record.ts'

export interface Head {
  sha: string
  /** Seconds since 1970. */
  time: string
}
export interface FilesToCommit {
  record: string
  path: string
  /** Null on a branch without commits. */
  head: Head | null
  message: string
  /** As bytes, from the worktree's root; one that ends with `/` is another repository inside it. */
  files: readonly string[]
}

/**
 * Makes a commit of files as they are on disk, on top of HEAD, and returns its id; HEAD, branch and index stay. It uses
 * an index of its own, so that neither a half-merged index nor a lock on it is in the way.
 */
export async function commitFiles(git: Git, { record, path, head, message, files }: FilesToCommit): Promise<string> {
  const index = join(record, `scrum4me-index-${randomUUID()}`)
  const env = { ...byRecord(record, path), GIT_INDEX_FILE: index, ...signature(head) }
  try {
    await copyIfThere(join(record, 'index'), index)
    const input = (await withNestedFiles(git, path, files)).map(file => `${file}\0`).join('')
    await git.run(path, UPDATE_INDEX, { env, input, bytes: true, long: true })
    const tree = (await git.run(path, ['write-tree'], { env, long: true })).stdout.trim()
    const parents = head === null ? [] : ['-p', head.sha]
    return (await git.run(path, ['commit-tree', ...parents, '-m', message, tree], { env })).stdout.trim()
  } finally {
    await rm(index, { force: true })
    await rm(`${index}.lock`, { force: true })
  }
}

const UPDATE_INDEX = ['update-index', '--add', '--remove', '--replace', '-z', '--stdin']

/** With the time of HEAD instead of now, the same files give the same commit: saving them again makes no new ref. */
function signature(head: Head | null): Record<string, string> {
  const date = `@${head?.time ?? 0} +0000`
  return {
    GIT_AUTHOR_NAME: 'Scrum4Me agent',
    GIT_AUTHOR_EMAIL: 'agent@scrum4me.invalid',
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: 'Scrum4Me agent',
    GIT_COMMITTER_EMAIL: 'agent@scrum4me.invalid',
    GIT_COMMITTER_DATE: date,
  }
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to)
  } catch (cause) {
    if (!isMissing(cause)) throw cause
  }
}

/** A repository that was made inside the worktree would be saved as a mere commit id, so its files are named instead. */
async function withNestedFiles(git: Git, path: string, files: readonly string[]): Promise<string[]> {
  const plain = files.filter(file => !file.endsWith('/'))
  const nested = await Promise.all(
    files.filter(file => file.endsWith('/')).map(folder => filesBelow(git, path, folder)),
  )
  return [...plain, ...nested.flat()]
}

async function filesBelow(git: Git, path: string, folder: string): Promise<string[]> {
  const at = join(path, Buffer.from(folder, 'latin1').toString('utf8'))
  const { stdout } = await git.run(at, ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    bytes: true,
  })
  const names = [...new Set(stdout.split('\0'))].filter(name => name !== '')
  const areFiles = await Promise.all(
    names.map(name => isFile(Buffer.concat([Buffer.from(at), Buffer.from(name, 'latin1')]))),
  )
  return names.filter((_, i) => areFiles[i]).map(name => folder + name)
}

async function isFile(path: Buffer): Promise<boolean> {
  try {
    return !(await lstat(path)).isDirectory()
  } catch (cause) {
    if (isMissing(cause)) return false
    throw cause
  }
}
