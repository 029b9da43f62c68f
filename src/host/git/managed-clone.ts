import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { parseRepositoryUrl, redactUrl, repositoryName, sameRepository } from '../../domain/repository-url.ts'
import { AppError } from '../../errors.ts'
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
    if (!(await isThere(path))) await makeClone(git, url, path, signal)
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

async function makeClone(git: Git, url: string, path: string, signal: AbortSignal | undefined): Promise<void> {
  const parent = dirname(path)
  await mkdir(parent, { recursive: true })
  await removeLeftovers(parent, basename(path))
  const half = join(parent, `${prefix(basename(path))}${process.pid}-${randomUUID()}`)
  underWay.add(half)
  try {
    await git.run(parent, [...CLONE, '--', url, half], { signal, long: true }).catch(explained(url))
    await rename(half, path).catch(unlessOtherWasFirst(path))
  } finally {
    await rm(half, { recursive: true, force: true, maxRetries: 5 })
    underWay.delete(half)
  }
}

/** The clones that this process is making now. */
const underWay = new Set<string>()

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

function prefix(name: string): string {
  return `.${name}.clone-`
}

/** A half-made clone is named after the process that makes it; when that is gone, or is this one and knows nothing of it, it is nobody's. */
async function removeLeftovers(parent: string, name: string): Promise<void> {
  const halves = (await readdir(parent)).filter(entry => entry.startsWith(prefix(name)))
  for (const half of halves) {
    const pid = Number(half.slice(prefix(name).length).split('-')[0])
    const path = join(parent, half)
    const isMade = pid === process.pid ? underWay.has(path) : lives(pid)
    if (!isMade) await rm(path, { recursive: true, force: true })
  }
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
  }
}

function unlessOtherWasFirst(path: string) {
  return async (cause: unknown) => {
    if (!(await isThere(path))) throw cause
  }
}

/** What may pass by itself stays GIT_FAILED; an answer that will be the same next time tells a person what to do. */
function explained(url: string) {
  return (cause: unknown): never => {
    if (!(cause instanceof GitFailure) || cause.kind !== 'exit' || PASSING.test(cause.stderr)) throw cause
    const message = `${redactUrl(url)} could not be cloned: ${cause.message}`
    const hint =
      'Give this host access to it, or name a clone of it in ~/.scrum4me-agent-config.json or SCRUM4ME_REPO_ROOT_….'
    throw new AppError('REPO_NOT_CONFIGURED', message, { hint, cause })
  }
}

const PASSING =
  /Could not resolve host|timed out|Connection (?:refused|reset)|returned error: (?:429|5\d\d)|early EOF|RPC failed|No space left/i
