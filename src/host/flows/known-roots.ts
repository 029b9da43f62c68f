import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing, isThere } from '../git/worktree-path.ts'
import type { Host } from './host.ts'

/** Remembers a repository in which this data folder makes worktrees, so that a sweep finds them although a folder is gone. */
export async function rememberRoot(host: Host, root: string): Promise<void> {
  const folder = folderOf(host)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, nameOf(root)), root, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
}

/** The repositories that are remembered; one that is gone is forgotten. */
export async function listKnownRoots(host: Host): Promise<string[]> {
  const folder = folderOf(host)
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  const roots: string[] = []
  for (const name of names) {
    const root = await readFile(join(folder, name), 'utf8')
    if (root !== '' && (await isThere(root))) roots.push(root)
    else await rm(join(folder, name), { force: true })
  }
  return roots
}

function folderOf(host: Host): string {
  return join(host.roots.dataDir, 'roots')
}

function nameOf(root: string): string {
  return createHash('sha256').update(root).digest('hex').slice(0, 24)
}
