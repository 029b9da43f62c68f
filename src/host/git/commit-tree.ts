import type { Git } from './git.ts'
import { GitFailure } from './git-failure.ts'

export interface Head {
  sha: string
  /** Seconds since 1970. */
  time: string
}
export interface CommitWish {
  tree: string
  parents: readonly string[]
  message: string
  /** With the time of what it builds on instead of now, saving the same work again gives the same commit. */
  time: string | undefined
  env?: Record<string, string>
}

/** Makes a commit of our own and returns its id. */
export async function commitTree(git: Git, cwd: string, wish: CommitWish): Promise<string> {
  const { tree, parents, message, time = '0', env } = wish
  const args = ['commit-tree', ...parents.flatMap(parent => ['-p', parent]), '-m', message, tree]
  return (await git.run(cwd, args, { env: { ...env, ...signature(time) } })).stdout.trim()
}

/** The commit that a name stands for, with its time; null when there is none, as on a branch without commits. */
export async function readHead(
  git: Git,
  cwd: string,
  name = 'HEAD',
  env?: Record<string, string>,
): Promise<Head | null> {
  const args = ['rev-list', '--max-count=1', '--timestamp', name, '--']
  const { stdout, exitCode, stderr } = await git.run(cwd, args, { ...(env && { env }), okExitCodes: [0, 128] })
  const [time, sha] = stdout.trim().split(' ')
  if (exitCode === 0 && time && sha) return { time, sha }
  if (/bad revision|unknown revision|ambiguous argument/.test(stderr)) return null
  throw new GitFailure('exit', `git rev-list in ${env?.GIT_DIR ?? cwd}`, stderr)
}

/**
 * One commit that has all the given ones in its history: the first, whose files it shows, and the others. A single one is
 * returned as it is.
 */
export async function gatherCommits(
  git: Git,
  cwd: string,
  { commits, message, env }: { commits: readonly string[]; message: string; env?: Record<string, string> },
): Promise<string> {
  const [first = '', ...others] = commits
  if (others.length === 0) return first
  const head = await readHead(git, cwd, first, env)
  const tree = `${first}^{tree}`
  return commitTree(git, cwd, { tree, parents: commits, message, time: head?.time, ...(env && { env }) })
}

function signature(time: string): Record<string, string> {
  const date = `@${time} +0000`
  return {
    GIT_AUTHOR_NAME: 'Scrum4Me agent',
    GIT_AUTHOR_EMAIL: 'agent@scrum4me.invalid',
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: 'Scrum4Me agent',
    GIT_COMMITTER_EMAIL: 'agent@scrum4me.invalid',
    GIT_COMMITTER_DATE: date,
  }
}
