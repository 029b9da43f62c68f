import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type Git, WHOLE_LIST_BYTES } from './git.ts'
import { GitFailure } from './git-failure.ts'
import { isThere } from './worktree-path.ts'
import { byRecord, whenThere } from './worktree-record.ts'

/** A repository inside a worktree: a submodule, or one that was made or cloned there. */
export interface NestedRepository {
  /** Its folder, from the worktree's root. */
  name: string
  /** Null for a submodule whose folder is gone; git keeps its commits. */
  path: string | null
  gitDir: string
  /** Whether its branches are another repository's, as a linked worktree's are. */
  isLinked: boolean
}
interface Outer {
  record: string
  /** Null when its folder is gone. */
  path: string | null
  /** What `git status` shows as one folder, with `/` at its end, as bytes. */
  untracked: readonly string[]
  /** Whether its deletion has begun: half a repository is none then. */
  isGoing: boolean
}

/** The repositories right inside a worktree, also those that it knows by a commit id only, and those taken out of it. */
export async function listNestedRepositories(git: Git, { record, path, ...outer }: Outer): Promise<NestedRepository[]> {
  const found = path === null ? [] : await listInFolder(git, { record, path, ...outer })
  const known = new Set(found.map(({ gitDir }) => gitDir))
  const modules = join(record, 'modules')
  for (const gitDir of (await gitDirsBelow(modules)).filter(dir => !known.has(dir)))
    found.push({ name: relative(modules, gitDir), path: null, gitDir, isLinked: false })
  return found
}

async function listInFolder(
  git: Git,
  { record, path, untracked, isGoing }: Outer & { path: string },
): Promise<NestedRepository[]> {
  const folders = [...untracked.map(folder => folder.slice(0, -1)), ...(await listGitlinks(git, record, path))]
  const found: NestedRepository[] = []
  for (const folder of new Set(folders)) {
    const name = Buffer.from(folder, 'latin1').toString('utf8')
    const at = join(path, name)
    if (!(await isThere(join(at, '.git')))) continue
    const place = await locate(git, at)
    if (place !== null) found.push({ name, path: at, ...place })
    else if (!isGoing) throw new GitFailure('exit', `git rev-parse in ${at}`, 'its .git is not that of a repository')
  }
  return found
}

async function listGitlinks(git: Git, record: string, path: string): Promise<string[]> {
  const options = { env: byRecord(record, path), bytes: true, long: true, maxOutputBytes: WHOLE_LIST_BYTES }
  const { stdout } = await git.run(path, ['ls-files', '--stage', '-z', '--full-name'], options)
  return stdout.split('\0').flatMap(line => (line.startsWith('160000 ') ? [line.slice(line.indexOf('\t') + 1)] : []))
}

/** Null when git knows nothing of it, or only the repository around it. */
async function locate(git: Git, at: string): Promise<{ gitDir: string; isLinked: boolean } | null> {
  const args = ['rev-parse', '--path-format=absolute', '--git-dir', '--git-common-dir', '--show-prefix']
  const { stdout, exitCode } = await git.run(at, args, { okExitCodes: [0, 128] })
  const [gitDir, commonDir, prefix] = stdout.split('\n')
  return exitCode === 0 && gitDir && prefix === '' ? { gitDir, isLinked: gitDir !== commonDir } : null
}

/** Below `modules` lie the git folders of submodules, by their names, in which there may be slashes. */
async function gitDirsBelow(folder: string): Promise<string[]> {
  const entries = await whenThere(readdir(folder, { withFileTypes: true }), [])
  const names = entries.map(({ name }) => name)
  if (['HEAD', 'objects', 'refs'].every(name => names.includes(name))) return [folder]
  const deeper = entries.filter(entry => entry.isDirectory()).map(({ name }) => gitDirsBelow(join(folder, name)))
  return (await Promise.all(deeper)).flat()
}
