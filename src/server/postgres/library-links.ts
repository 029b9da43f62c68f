import { access, readFile, symlink } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { hasCode } from './error-code.ts'

/** npm cannot carry symbolic links, so the package lists them, and its install script may not have run. */
interface LibraryLink {
  readonly source: string
  readonly target: string
}

/** Whether every library link of a `native` folder is there. */
export async function hasLibraryLinks(native: string): Promise<boolean> {
  try {
    for (const { target } of await readLinks(native)) await access(join(native, target))
    return true
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return false
    throw cause
  }
}

/** Makes the library links that are missing in a `native` folder. */
export async function makeLibraryLinks(native: string): Promise<void> {
  for (const { source, target } of await readLinks(native)) {
    try {
      await symlink(basename(source), join(native, target))
    } catch (cause) {
      if (!hasCode(cause, 'EEXIST')) throw cause
    }
  }
}

/** A link and its file lie in the same folder; the package names both from its own root. */
async function readLinks(native: string): Promise<LibraryLink[]> {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as LibraryLink[]
  return links.map(({ source, target }) => ({ source: relative('native', source), target: relative('native', target) }))
}
