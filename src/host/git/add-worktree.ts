import { AppError } from '../../errors.ts'
import type { BranchWish } from './free-branch.ts'
import type { Git } from './git.ts'
import { GitFailure } from './git-failure.ts'
import { ensureIdentity } from './identity.ts'
import { lockReason } from './list-worktrees.ts'
import { removeFolder } from './remove-folder.ts'
import { checkBelow, checkClaim, isThere } from './worktree-path.ts'
import { dropRecord, findRecord } from './worktree-record.ts'

/** Throws unless the wished worktree has a safe id and a free place below the folder for worktrees. */
export async function checkPlace({ path, worktreesDir, jobId, claimNo }: BranchWish): Promise<void> {
  checkClaim(jobId, claimNo)
  await checkBelow(worktreesDir, path)
  if (!(await isThere(path))) return
  throw new AppError('CONFLICT', `The folder ${path} for the worktree exists already; nothing was touched.`)
}

/**
 * Adds the worktree at `start` (on the wish's branch, which stands there, or detached), locked against `git worktree
 * prune`, and reads back that it is there. When that fails nothing of the worktree stays.
 */
export async function addWorktree(git: Git, wish: BranchWish, start: string, signal?: AbortSignal): Promise<void> {
  const { root, path, branch } = wish
  const target = branch === null ? ['--detach', '--', path, start] : ['--', path, branch]
  try {
    await git.run(root, [...ADD, '--reason', lockReason(wish), ...target], { signal, long: true })
    await Promise.all([checkHead(git, wish, start), ensureIdentity(git, root, path)])
  } catch (cause) {
    if (!(cause instanceof GitFailure && cause.stderr.includes(`'${path}' already exists`))) await undo(git, root, path)
    throw cause
  }
}

/** The force is for a dead attempt in the middle of a rebase, whose detached HEAD still keeps the branch from others. */
const ADD = ['worktree', 'add', '--quiet', '--force', '--lock']

async function checkHead(git: Git, { path, branch }: BranchWish, start: string): Promise<void> {
  const { stdout } = await git.run(path, ['rev-parse', 'HEAD', '--symbolic-full-name', 'HEAD'])
  const [sha, ref] = stdout.split('\n')
  if (sha === start && ref === (branch === null ? 'HEAD' : `refs/heads/${branch}`)) return
  throw new AppError(
    'GIT_FAILED',
    `The new worktree ${path} is on ${ref} at ${sha}, not on ${branch ?? 'no branch'} at ${start}.`,
  )
}

/** Nobody was told of the folder yet, so nothing in it is of value. */
async function undo(git: Git, root: string, path: string): Promise<void> {
  await removeFolder(path)
  if ((await findRecord(git, root, path)) !== null) await dropRecord(git, root, path)
}
