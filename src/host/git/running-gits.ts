import { readdir, readFile, readlink } from 'node:fs/promises'
import { isAbsolute, relative, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { identifyProcess, isAlive } from '../../process-identity.ts'

const PATIENCE_MS = 3_000
/** Linux calls the first namespace so, from which the processes of all others are seen. */
const WHOLE_MACHINE = 'pid:[4026531836]'

/**
 * Whether every git that may be at work in one of the folders now, and whatever has `file` open, ends within a moment: it
 * then holds nothing that is there already. Null where not all processes can be seen: in a container, or without /proc.
 */
export async function haveGitsEnded(folders: readonly string[], file: string): Promise<boolean | null> {
  const pids = await readdir('/proc').catch(() => [])
  const now = await Promise.all(pids.filter(name => /^\d+$/.test(name)).map(pid => mayHold(pid, folders, file)))
  let left = await Promise.all(now.filter(pid => pid !== null).map(identifyProcess))
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const alive = await Promise.all(left.map(isAlive))
    left = left.filter((_, n) => alive[n] !== false)
    if (left.length === 0) return (await readlink('/proc/self/ns/pid').catch(() => null)) === WHOLE_MACHINE || null
    if (performance.now() > deadline) return false
    await sleep(50)
  }
}

/** A git that another user runs, or one in another container, may be anywhere. */
async function mayHold(pid: string, folders: readonly string[], file: string): Promise<number | null> {
  const at = `/proc/${pid}`
  const name = await readFile(`${at}/comm`, 'utf8').catch(() => '')
  if (!/^git(?:-|\n)/.test(name)) return (await hasOpen(at, file)) ? Number(pid) : null
  const [cwd, mounts, ours, words] = await Promise.all([
    readlink(`${at}/cwd`).catch(() => null),
    readlink(`${at}/ns/mnt`).catch(() => null),
    readlink('/proc/self/ns/mnt').catch(() => null),
    Promise.all(['environ', 'cmdline'].map(name => readFile(`${at}/${name}`, 'utf8').catch(() => ''))),
  ])
  if (cwd === null || mounts !== ours) return Number(pid)
  const places = [
    cwd,
    ...words
      .join('\0')
      .split('\0')
      .flatMap(toGitDir)
      .map(path => resolve(cwd, path)),
  ]
  const isThere = places.some(place => folders.some(folder => isIn(folder, place)))
  return isThere || (await hasOpen(at, file)) ? Number(pid) : null
}

function toGitDir(word: string): string[] {
  const [, path] = /^(?:GIT_DIR|--git-dir)=(.+)$/s.exec(word) ?? []
  return path === undefined ? [] : [path]
}

async function hasOpen(at: string, file: string): Promise<boolean> {
  const open = await readdir(`${at}/fd`).catch(() => [])
  const links = await Promise.all(open.map(fd => readlink(`${at}/fd/${fd}`).catch(() => '')))
  return links.includes(file)
}

function isIn(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way)
}
