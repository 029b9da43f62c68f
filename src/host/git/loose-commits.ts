import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Git, WHOLE_LIST_BYTES } from './git.ts'
import { GitFailure } from './git-failure.ts'
import { whenThere } from './worktree-record.ts'

/** What a repository's own files, or a worktree's record, name beside refs of the whole repository. */
const FOLDERS = ['logs', 'refs', 'rebase-merge', 'rebase-apply', 'sequencer']
/** ORIG_HEAD, MERGE_AUTOSTASH and their like; what was fetched is somebody else's. */
const FILE = /^(?!FETCH_HEAD$)[A-Z_]*(?:HEAD|STASH)$/
const MOST_BYTES = 10_000_000

/**
 * The ids that git's own files in a record (or a git folder) name: where HEAD has been, what a rebase, merge or bisect
 * under way keeps, refs of the one worktree. Oldest of HEAD first; not each need be a commit, or be there.
 */
export async function readNamedIds(record: string): Promise<string[]> {
  const top = (await whenThere(readdir(record), [])).filter(name => FILE.test(name)).map(name => join(record, name))
  const deeper = await Promise.all(FOLDERS.map(folder => filesBelow(join(record, folder))))
  const head = join(record, 'logs', 'HEAD')
  const texts = await Promise.all([head, ...top, ...deeper.flat().filter(file => file !== head)].map(readSmall))
  const ids = texts.flatMap(text => text.match(/\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b/g) ?? [])
  return [...new Set(ids)].filter(id => !/^0+$/.test(id))
}

/** The commits of which no other one is built, among those that none of `known` (arguments of rev-list) has in its history. */
export async function findLoose(
  git: Git,
  cwd: string,
  { ids, known, env }: { ids: readonly string[]; known: readonly string[]; env?: Record<string, string> },
): Promise<string[]> {
  if (ids.length === 0) return []
  const args = ['rev-list', '--parents', '--ignore-missing', '--stdin', '--not', ...known]
  const options = { ...(env && { env }), input: `${ids.join('\n')}\n`, long: true, maxOutputBytes: WHOLE_LIST_BYTES }
  try {
    const lines = (await git.run(cwd, args, options)).stdout.split('\n').filter(line => line !== '')
    const parents = new Set(lines.flatMap(line => line.split(' ').slice(1)))
    const tips = new Set(lines.map(line => line.split(' ')[0] ?? ''))
    return ids.filter(id => tips.has(id) && !parents.has(id))
  } catch (cause) {
    // One whose history is not whole any more spoils it for all, and cannot be kept itself.
    if (!(cause instanceof GitFailure) || cause.kind !== 'exit' || !/bad object|traverse|[Mm]issing/.test(cause.stderr))
      throw cause
    if (ids.length === 1) return []
    const half = Math.ceil(ids.length / 2)
    const halves = [ids.slice(0, half), ids.slice(half)]
    return (
      await Promise.all(halves.map(part => findLoose(git, cwd, { ids: part, known, ...(env && { env }) })))
    ).flat()
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await whenThere(readdir(folder, { withFileTypes: true }), [])
  const files = await Promise.all(
    entries.map(entry => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return isOfOthers(path) ? [] : filesBelow(path)
      return entry.isFile() ? [path] : []
    }),
  )
  return files.flat()
}

/** What a repository knows of its remotes, and the versions that they gave names to. */
function isOfOthers(folder: string): boolean {
  return ['remotes', 'tags'].includes(basename(folder)) && /\/refs\/[^/]+$/.test(folder)
}

async function readSmall(file: string): Promise<string> {
  const { size } = (await whenThere(stat(file), null)) ?? { size: 0 }
  return size > MOST_BYTES ? '' : whenThere(readFile(file, 'utf8'), '')
}

/** The commit that a clone brought first; null for a repository that was begun here. */
export async function readOrigin(gitDir: string): Promise<string | null> {
  const [first = ''] = (await readSmall(join(gitDir, 'logs', 'HEAD'))).split('\n')
  return /^0+ ([0-9a-f]+) .*\tclone: /.exec(first)?.[1] ?? null
}
