import { createHash, randomUUID } from 'node:crypto'
import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { parseRepositoryUrl, redactUrl, repositoryName, sameRepository } from '../../domain/repository-url.ts'
import { AppError } from '../../errors.ts'
import { withFileLock } from '../../file-lock.ts'
import { ensureFolder } from './ensure-folder.ts'
import type { Git } from './git.ts'
import { GitFailure } from './git-failure.ts'
import { inspectRepository } from './inspect-repository.ts'
import { isThere } from './worktree-path.ts'

/**
 * Our own clone of `url` below the data directory, made when it is not there yet; whole or not at all, however many
 * processes want it at once. REPO_NOT_CONFIGURED when this host cannot have it.
 */
export function openManagedClone(git: Git, dataDir: string, url: string, signal?: AbortSignal): Promise<string> {
  const path = managedClonePath(dataDir, url)
  const work = async () => {
    if (!(await isThere(path))) await makeAlone(git, { dataDir, url, path }, signal)
    await checkClone(git, url, path, signal)
    return path
  }
  return git.alone(path, work, signal)
}

/** `<data>/repos/<host>/<owner>/<name>`; for a folder of this machine its name and a hash of its path. */
export function managedClonePath(dataDir: string, url: string): string {
  const parsed = parseRepositoryUrl(url)
  const repos = join(dataDir, 'repos')
  if (parsed.kind === 'forge') return join(repos, ...[parsed.host, ...parsed.path].map(part => part.toLowerCase()))
  const hash = createHash('sha256').update(parsed.path).digest('hex').slice(0, 12)
  return join(repos, 'file', `${repositoryName(url)}-${hash}`)
}

/** Under a lock of the data folder, so that what another one has begun and is not under way can be told. */
async function makeAlone(
  git: Git,
  { dataDir, url, path }: { dataDir: string; url: string; path: string },
  signal: AbortSignal | undefined,
): Promise<void> {
  const locks = join(dataDir, 'locks')
  await ensureFolder(locks)
  await ensureFolder(dirname(path))
  const lock = join(locks, `clone-${createHash('sha256').update(relative(dataDir, path)).digest('hex').slice(0, 24)}`)
  const tooLong = () =>
    new AppError('GIT_FAILED', `Another process has been cloning ${redactUrl(url)} for long.`, {
      hint: `Wait for it or end it; if there is none, delete ${lock}.`,
    })
  await withFileLock(lock, { limitMs: LIMIT_MS, signal, tooLong }, async () => {
    if (!(await isThere(path))) await makeClone(git, url, path, signal)
  })
}

const LIMIT_MS = 15 * 60_000

async function makeClone(git: Git, url: string, path: string, signal: AbortSignal | undefined): Promise<void> {
  const parent = dirname(path)
  const prefix = `.${basename(path)}.clone-`
  for (const left of (await readdir(parent)).filter(entry => entry.startsWith(prefix)))
    if (IS_OURS.test(left.slice(prefix.length))) await remove(join(parent, left))
  const half = join(parent, `${prefix}${randomUUID()}`)
  try {
    await git.run(parent, [...CLONE, '--', url, half], { signal, long: true }).catch(explained(url))
    await rename(half, path)
  } finally {
    await remove(half)
  }
}

/** Another repository's name may begin with the same words. */
const IS_OURS = /^[0-9a-f-]{36}$/

async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}

const CLONE = [
  'clone',
  '--quiet',
  '--no-checkout',
  '--no-tags',
  '--origin=origin',
  '--template=',
  '--no-recurse-submodules',
]

async function checkClone(git: Git, url: string, path: string, signal: AbortSignal | undefined): Promise<void> {
  const origin = await inspectRepository(git, path, signal)
  const written = origin?.fetch.written[0]
  if (written !== undefined && sameRepository(written, url)) return
  const found = written === undefined ? 'no clone' : `a clone of ${redactUrl(written)}`
  throw new AppError(
    'REPO_NOT_CONFIGURED',
    `${path} should hold a clone of ${redactUrl(url)}, but there is ${found}.`,
    {
      hint: 'Look into that folder, keep what is of use, move it away and try again.',
    },
  )
}

/** An answer that will be the same next time tells a person what to do; anything else may pass and stays GIT_FAILED. */
function explained(url: string) {
  return (cause: unknown): never => {
    if (!(cause instanceof GitFailure) || cause.kind !== 'exit' || !LASTING.test(cause.stderr)) throw cause
    const message = `${redactUrl(url)} could not be cloned: ${cause.message}`
    const hint =
      'Give this host access to it, or name a clone of it in ~/.scrum4me-agent-config.json or SCRUM4ME_REPO_ROOT_….'
    throw new AppError('REPO_NOT_CONFIGURED', message, { hint, cause })
  }
}

/** That the repository is none or not for this host; git's words and those of the forges. */
const LASTING = new RegExp(
  [
    "repository not found|repository '.*' (?:not found|does not exist)|you were looking for could not be found|repository either does not exist|not a git repository",
    'does not appear to be a git repository|returned error: 40[134]|Authentication failed|could not read (?:Username|Password)',
    'Permission denied \\(|Permission to \\S+ denied|access denied|not authorized|(?:do not|don.t) have permission',
    "Host key verification failed|transport '.*' not allowed",
  ].join('|'),
  'i',
)
