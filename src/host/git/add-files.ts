import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Git } from './git.ts'
import { GitFailure } from './git-failure.ts'
import { isMissing } from './worktree-path.ts'

/** A working tree, and the environment that says which index of it is meant. */
export interface IndexPlace {
  path: string
  env: Record<string, string>
}

/**
 * Brings files as they are on disk into an index: what is gone first, so that a folder can be where a file was, and the
 * other way round. Returns those that nobody lets us read; they hold up no other. Names are bytes.
 */
export async function addFiles(
  git: Git,
  place: IndexPlace,
  { gone, present }: { gone: readonly string[]; present: readonly string[] },
): Promise<string[]> {
  await update(git, place, ['--force-remove'], gone)
  return add(git, place, present)
}

/** git stops at the first file that it cannot take, so what it refuses is halved until the file is found. */
async function add(git: Git, place: IndexPlace, files: readonly string[]): Promise<string[]> {
  try {
    await update(git, place, ['--add', '--remove', '--replace'], files)
    return []
  } catch (cause) {
    if (!(cause instanceof GitFailure) || cause.kind !== 'exit') throw cause
    const [only, ...others] = files
    if (only !== undefined && others.length === 0) return addAsItIs(git, place, only)
    const half = Math.ceil(files.length / 2)
    return [...(await add(git, place, files.slice(0, half))), ...(await add(git, place, files.slice(half)))]
  }
}

/** A filter that is not there, or fails, is no reason to lose a file: its bytes are taken. */
async function addAsItIs(git: Git, place: IndexPlace, file: string): Promise<string[]> {
  const content = await readBytes(Buffer.from(join(Buffer.from(place.path).toString('latin1'), file), 'latin1'))
  if (content === 'gone') return []
  if (content === 'unreadable') return [file]
  const input = content.bytes.toString('latin1')
  const { path, env } = place
  const { stdout } = await git.run(path, ['hash-object', '-w', '--stdin'], { env, input, bytes: true, long: true })
  const line = `${content.isExecutable ? '100755' : '100644'} ${stdout.trim()}\t${file}\0`
  await git.run(path, ['update-index', '--add', '--replace', '-z', '--index-info'], { env, input: line, bytes: true })
  return []
}

async function readBytes(path: Buffer) {
  try {
    const { mode } = await lstat(path)
    return { bytes: await readFile(path), isExecutable: (mode & 0o100) !== 0 }
  } catch (cause) {
    if (isMissing(cause)) return 'gone'
    if (cause instanceof Error && 'code' in cause && UNREADABLE.includes(String(cause.code))) return 'unreadable'
    throw cause
  }
}

const UNREADABLE = ['EACCES', 'EPERM', 'EISDIR']

async function update(git: Git, { path, env }: IndexPlace, how: string[], files: readonly string[]): Promise<void> {
  if (files.length === 0) return
  const input = files.map(file => `${file}\0`).join('')
  await git.run(path, ['update-index', ...how, '-z', '--stdin'], { env, input, bytes: true, long: true })
}
