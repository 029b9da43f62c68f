import { readFile, symlink } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { hasCode } from './error-code.ts'
import { isThere } from './is-there.ts'

/** npm cannot carry symbolic links, so the package lists them, and its install script may not have run. */
interface LibraryLink {
  readonly source: string
  readonly target: string
}

/** Whether every library link of a `native` folder is there. */
export async function hasLibraryLinks(native: string): Promise<boolean> {
  for (const { target } of await readLinks(native)) if (!(await isThere(join(native, target)))) return false
  return true
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
