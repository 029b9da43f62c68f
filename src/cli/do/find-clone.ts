import { parseRepositoryUrl, redactUrl } from '../../domain/repository-url.ts'
import { AppError } from '../../errors.ts'
import type { Git } from '../../host/git/git.ts'
import { inspectRepository } from '../../host/git/inspect-repository.ts'
import { listWorktrees } from '../../host/git/list-worktrees.ts'
import { findTop } from '../find-top.ts'

/** The repository that the command was called in. */
export interface Clone {
  root: string
  /** Of its origin, without a password; null when others cannot make use of it, such as a relative path. */
  url: string | null
}

/** The clone around the present folder; REPO_NOT_CONFIGURED without one, or without an origin to deliver to. */
export async function findClone(git: Git, signal: AbortSignal): Promise<Clone> {
  const top = await findTop(git, signal)
  if (top === null)
    throw new AppError('REPO_NOT_CONFIGURED', 'This folder is not in a clone of a repository.', {
      hint: 'Go into the clone that the work is for, or name a product: --product ID (`scrum4me product list`).',
    })
  const root = await mainWorktree(git, top, signal)
  const origin = await inspectRepository(git, root, signal)
  const urls = [...(origin?.fetch.written ?? []), ...(origin?.fetch.used ?? [])]
  if (urls.length === 0)
    throw new AppError('REPO_NOT_CONFIGURED', `The repository ${root} has no remote called origin to deliver to.`, {
      hint: `Name it: git -C ${root} remote add origin <url>; then push a first commit. A bare repository in a folder will do.`,
    })
  return { root, url: chooseUrl(urls) }
}

/** A linked worktree may be gone tomorrow, above all one that an agent works in; the clone that it belongs to stays. */
async function mainWorktree(git: Git, top: string, signal: AbortSignal): Promise<string> {
  const { stdout } = await git.run(top, ['rev-parse', '--path-format=absolute', '--git-dir', '--git-common-dir'], {
    signal,
  })
  const [own, common] = stdout.split('\n')
  if (own === common) return top
  return (await listWorktrees(git, top, signal))[0]?.path ?? top
}

/** Of an URL as written and as `insteadOf` turns it the one that says where it is; an alias means nothing elsewhere. */
function chooseUrl(urls: readonly string[]): string | null {
  const usable = urls.filter(isUsable).map(url => (/^https:/i.test(url) ? redactUrl(url) : url))
  return usable.find(namesPlace) ?? usable[0] ?? null
}

function isUsable(url: string): boolean {
  try {
    parseRepositoryUrl(url)
    return true
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
}

function namesPlace(url: string): boolean {
  const parsed = parseRepositoryUrl(url)
  return parsed.kind === 'local' || parsed.host.includes('.')
}
