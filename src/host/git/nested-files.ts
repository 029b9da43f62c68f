import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Git, WHOLE_LIST_BYTES } from './git.ts'
import { isMissing, isThere } from './worktree-path.ts'

/**
 * The files of a repository inside a worktree, and of those inside it, by names from the worktree's root, as bytes; what
 * they ignore is left out. By itself git would take such a repository for a mere commit id.
 */
export async function listNestedFiles(git: Git, path: string, folder: string): Promise<string[]> {
  const at = join(path, Buffer.from(folder, 'latin1').toString('utf8'))
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const { stdout } = await git.run(at, args, { bytes: true, long: true, maxOutputBytes: WHOLE_LIST_BYTES })
  const names = [...new Set(stdout.split('\0'))].filter(name => name !== '')
  const files = await Promise.all(
    names.map(async name => {
      const place = Buffer.concat([Buffer.from(`${at}/`), Buffer.from(name, 'latin1')])
      const kind = await kindOf(place)
      if (kind === 'file') return [folder + name]
      const inner = folder + (name.endsWith('/') ? name : `${name}/`)
      return kind === 'folder' && (await isThere(join(at, name, '.git'))) ? listNestedFiles(git, path, inner) : []
    }),
  )
  return files.flat()
}

async function kindOf(path: Buffer): Promise<'file' | 'folder' | null> {
  try {
    return (await lstat(path)).isDirectory() ? 'folder' : 'file'
  } catch (cause) {
    if (isMissing(cause)) return null
    throw cause
  }
}
