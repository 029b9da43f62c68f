import { AppError } from '../../errors.ts'
import type { Git } from './git.ts'
import { GitFailure } from './git-failure.ts'

/** What no branch may be called, by the rules of git-check-ref-format(1) for branches, with all control characters. */
const NO_BRANCH = /^$|^-|^\/|\/$|\/\/|(?:^|\/)\.|\.$|\.lock(?:\/|$)|\.\.|@\{|^@$|^HEAD$|[\p{Cc}\p{Cs} ~^:?*[\\]/u

/** Throws VALIDATION_ERROR unless git takes `branch` as the name of a branch, and as nothing else. */
export function checkBranchName(branch: string): void {
  if (!NO_BRANCH.test(branch)) return
  throw new AppError('VALIDATION_ERROR', `${JSON.stringify(branch)} cannot be the name of a branch.`)
}

/** Throws VALIDATION_ERROR unless `sha` is a whole commit id, which git cannot take for anything else. */
export function checkSha(sha: string): void {
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(sha)) return
  throw new AppError('VALIDATION_ERROR', `${JSON.stringify(sha)} is not a whole commit id.`)
}

/**
 * Brings origin's `branch` and returns its tip, or null when origin has none; fetches nothing when the tip is `known`
 * and here already. One fetch of a repository at a time.
 */
export function fetchBranch(
  git: Git,
  root: string,
  branch: string,
  signal?: AbortSignal,
  known?: string,
): Promise<string | null> {
  return fetchRef(git, root, `refs/heads/${branch}`, `refs/remotes/origin/${branch}`, signal, known)
}

/** The same for any ref of origin, which is written down here as `tracking`. */
export function fetchRef(
  git: Git,
  root: string,
  ref: string,
  tracking: string,
  signal?: AbortSignal,
  known?: string,
): Promise<string | null> {
  const work = async () => {
    if (known !== undefined && (await tipOf(git, root, tracking)) === known) return known
    try {
      await git.run(root, [...FETCH, '--', 'origin', `+${ref}:${tracking}`], { signal, long: true })
    } catch (cause) {
      if (cause instanceof GitFailure && cause.stderr.includes("couldn't find remote ref")) return null
      throw cause
    }
    return tipOf(git, root, tracking)
  }
  return git.alone(root, work, signal)
}

/** The commit that a full ref name stands for, or null. */
export async function tipOf(git: Git, root: string, ref: string): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]
  const { stdout, exitCode } = await git.run(root, args, { okExitCodes: [0, 1, 128] })
  return exitCode === 0 ? stdout.trim() : null
}

/** Whether `descendant` has `ancestor` in its history (or is it); a commit that is not here is in no history. */
export async function contains(git: Git, root: string, ancestor: string, descendant: string): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', ancestor, descendant]
  const { exitCode, stderr } = await git.run(root, args, { okExitCodes: [0, 1, 128] })
  if (exitCode === 128 && !/not a valid (?:commit|object) name/i.test(stderr)) {
    throw new GitFailure('exit', `git merge-base in ${root}`, stderr)
  }
  return exitCode === 0
}

/** The commits that `to` has in its history and `from` has not. */
export async function listBetween(git: Git, root: string, from: string, to: string): Promise<Set<string>> {
  const { stdout } = await git.run(root, ['rev-list', `${from}..${to}`, '--'])
  return new Set(stdout.split('\n').filter(Boolean))
}

/** Whether a commit of that id is in the repository. */
export async function hasCommit(git: Git, root: string, sha: string): Promise<boolean> {
  return (await tipOf(git, root, sha)) === sha
}

const FETCH = [
  'fetch',
  '--quiet',
  '--no-tags',
  '--no-prune',
  '--no-write-fetch-head',
  '--no-recurse-submodules',
  '--refmap=',
]
