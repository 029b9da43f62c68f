import { constants } from 'node:fs'
import { copyFile, lstat, mkdir, readFile, readlink, realpath, rm, stat, symlink } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { AppError } from '../../errors.ts'
import type { Git } from '../git/git.ts'
import { hideUntracked } from '../git/hide-files.ts'
import { matchUntracked } from '../git/match-untracked.ts'
import { readCommitted } from '../git/read-committed.ts'
import { isBelow, isMissing, isThere, realEntry } from '../git/worktree-path.ts'

const FILE = '.worktreeinclude'
const MOST_FILES = 20_000
const MOST_BYTES = 500_000_000

export interface IncludeWish {
  /** The repository's own working tree, which has the files. */
  root: string
  /** A worktree that was just made. */
  path: string
  commit: string
  /** Of the kit, besides those of `.worktreeinclude`. */
  patterns: readonly string[]
}

/**
 * Copies the untracked files of the root that the repository's patterns match into a fresh worktree, hidden from its
 * status. What is there already stays; what would lead out of either folder is left out. Returns what was left out.
 */
export async function includeFiles(git: Git, wish: IncludeWish, signal?: AbortSignal): Promise<string[]> {
  const patterns = [(await readPatterns(git, wish, signal)) ?? '', ...wish.patterns].join('\n')
  const files = await matchUntracked(git, wish.root, patterns, signal)
  await checkSize(wish.root, files)
  const from = await realpath(wish.root)
  const to = await realpath(wish.path)
  const leftOut: string[] = []
  for (const file of files) {
    signal?.throwIfAborted()
    if (!(await bringOver(from, to, file).catch(notCopied(file)))) leftOut.push(file)
  }
  if (files.length === leftOut.length) return leftOut
  const shown = await hideUntracked(git, wish.root, wish.path, signal)
  for (const file of shown) await rm(join(to, file), { force: true })
  return [...leftOut, ...shown]
}

/** As it is committed, else as it lies in the root: a person may have one of their own. */
async function readPatterns(git: Git, { root, commit }: IncludeWish, signal?: AbortSignal): Promise<string | null> {
  const committed = await readCommitted(git, { root, commit, file: FILE }, signal)
  return committed ?? (await orNull(readFile(join(root, FILE), 'utf8')))
}

async function checkSize(root: string, files: readonly string[]): Promise<void> {
  let bytes = 0
  for (const file of files.slice(0, MOST_FILES)) bytes += (await orNull(lstat(join(root, file))))?.size ?? 0
  if (files.length <= MOST_FILES && bytes <= MOST_BYTES) return
  throw new AppError('CONFIG_INVALID', `The patterns of ${FILE} and include match more than is copied at a time.`, {
    hint: `Name fewer than ${MOST_FILES} files of ${MOST_BYTES / 1e6} MB in all; what a command can make (node_modules) belongs into setup.`,
  })
}

/** False when a link on the way, or the file itself if it is a link, leads out, or it is there already. */
async function bringOver(from: string, to: string, file: string): Promise<boolean> {
  const [source, target] = [join(from, file), join(to, file)]
  const info = await orNull(lstat(source))
  if (info === null || !(info.isFile() || info.isSymbolicLink()) || hasGit(file)) return false
  if ((await realEntry(source)) !== source || (await realEntry(target)) !== target || (await isThere(target)))
    return false
  if (info.isSymbolicLink() && !(await staysInside(from, source))) return false
  if (!(await makeFolder(dirname(target)))) return false
  if (info.isSymbolicLink()) await symlink(await readlink(source), target)
  else await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  return true
}

/** A relative link to something inside means the same in the copy. */
async function staysInside(from: string, link: string): Promise<boolean> {
  const way = await readlink(link)
  if (isAbsolute(way) || (await orNull(stat(link))) === null) return false
  return isBelow(from, await realpath(link))
}

/** False when a file stands in its way. */
async function makeFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true })
    return true
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'EEXIST' || cause.code === 'ENOTDIR')) return false
    throw cause
  }
}

function notCopied(file: string) {
  return (cause: unknown): never => {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('SETUP_FAILED', `${file} could not be copied into the worktree: ${why}`, {
      hint: 'Let the user of this host read the file and write to the folder for worktrees, or do not include it.',
      cause,
    })
  }
}

function hasGit(file: string): boolean {
  return file.split('/').some(part => part.toLowerCase() === '.git')
}

async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (cause) {
    if (isMissing(cause)) return null
    throw cause
  }
}
