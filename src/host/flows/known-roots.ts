import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureFolder } from '../git/ensure-folder.ts'
import { isMissing, isThere } from '../git/worktree-path.ts'
import type { LocalHost } from './host.ts'

/** Remembers a repository in which this data folder makes worktrees, so that a sweep finds them although a folder is gone. */
export async function rememberRoot(host: LocalHost, root: string): Promise<void> {
  const file = join(folderOf(host), nameOf(root))
  if ((await whenThere(readFile(file, 'utf8'), null)) === root) return
  await ensureFolder(folderOf(host))
  // Whole or not at all: others read it meanwhile, and a disk can be full.
  const made = `${file}.${randomUUID()}`
  await writeFile(made, root, { mode: 0o600 })
  await rename(made, file)
}

/** The repositories that are remembered and there; one that is missing may be on a disk that comes back. */
export async function listKnownRoots(host: LocalHost): Promise<string[]> {
  const folder = folderOf(host)
  const names = (await whenThere(readdir(folder), [])).filter(name => NAME.test(name))
  const roots = await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')))
  const areThere = await Promise.all(roots.map(root => root !== '' && isThere(root)))
  return roots.filter((_, n) => areThere[n])
}

const NAME = /^[0-9a-f]{24}$/

function folderOf(host: LocalHost): string {
  return join(host.roots.dataDir, 'roots')
}

function nameOf(root: string): string {
  return createHash('sha256').update(root).digest('hex').slice(0, 24)
}

async function whenThere<T, U>(reading: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await reading
  } catch (cause) {
    if (isMissing(cause)) return otherwise
    throw cause
  }
}
