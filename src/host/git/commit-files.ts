import { randomUUID } from 'node:crypto'
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { addFiles } from './add-files.ts'
import { commitTree, type Head } from './commit-tree.ts'
import type { Git } from './git.ts'
import { listNestedFiles } from './nested-files.ts'
import { isMissing } from './worktree-path.ts'
import { byRecord } from './worktree-record.ts'

export interface FilesToCommit {
  record: string
  path: string
  /** On which the commit is made; null on a branch without commits. */
  parent: Head | null
  /** What the other files are: as the worktree's index has them, or as the parent has them. */
  others: 'index' | 'parent'
  message: string
  /** As bytes, from the worktree's root; one that ends with `/` is another repository inside it. */
  present: readonly string[]
  gone: readonly string[]
}

/**
 * Makes a commit of files as they are on disk and returns its id, or the parent's where nothing differs; HEAD, branch and
 * index stay. It uses an index of its own, so that neither a half-merged index nor a lock on it is in the way. Files that
 * nobody lets us read are left out, and the message says so.
 */
export async function commitFiles(git: Git, wish: FilesToCommit): Promise<string> {
  const { record, path, parent, others, message, present, gone } = wish
  const index = join(record, `scrum4me-index-${randomUUID()}`)
  const env = { ...byRecord(record, path), GIT_INDEX_FILE: index }
  try {
    if (others === 'index') await copyIfThere(join(record, 'index'), index)
    else if (parent) await git.run(path, ['read-tree', parent.sha], { env, long: true })
    const nested = present.filter(file => file.endsWith('/')).map(folder => listNestedFiles(git, path, folder))
    const plain = present.filter(file => !file.endsWith('/'))
    const files = { gone, present: [...plain, ...(await Promise.all(nested)).flat()] }
    const unread = await addFiles(git, { path, env }, files)
    const tree = (await git.run(path, ['write-tree'], { env, long: true })).stdout.trim()
    if (parent && tree === (await git.run(path, ['rev-parse', `${parent.sha}^{tree}`], { env })).stdout.trim())
      return parent.sha
    const parents = parent === null ? [] : [parent.sha]
    return await commitTree(git, path, { tree, parents, message: message + listOf(unread), time: parent?.time, env })
  } finally {
    await rm(index, { force: true })
    await rm(`${index}.lock`, { force: true })
  }
}

function listOf(unread: readonly string[]): string {
  if (unread.length === 0) return ''
  const names = unread.map(file => JSON.stringify(Buffer.from(file, 'latin1').toString('utf8')))
  return `\n\nThese could not be read, and are not in it:\n${names.join('\n')}\n`
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to)
  } catch (cause) {
    if (!isMissing(cause)) throw cause
  }
}
