import { AppError } from '../../errors.ts'
import { checkBranchName, checkSha, contains, fetchBranch } from './branch.ts'
import type { Git } from './git.ts'
import { type PushAnswer, type PushLimits, refusal, runPush } from './run-push.ts'

export interface PushWish {
  path: string
  /** The commit that is published, wherever HEAD is by now. */
  headSha: string
  branch: string
  timeoutMs: number
}
export interface PushOutcome {
  outcome: 'pushed' | 'up_to_date'
}

/**
 * Publishes `headSha` as origin's `branch`, never by force. DELIVERY_CONFLICT when origin's branch went another way,
 * PushFailure (PUSH_FAILED) with its reason otherwise; a push that was stopped by its time limit may yet arrive.
 */
export async function pushBranch(git: Git, wish: PushWish, signal?: AbortSignal): Promise<PushOutcome> {
  const { path, headSha, branch, timeoutMs } = wish
  checkSha(headSha)
  checkBranchName(branch)
  const answer = await push(git, wish, [], headSha, { signal, timeoutMs })
  if (answer.flag === '=') return { outcome: 'up_to_date' }
  if (answer.flag === ' ' || answer.flag === '*') return { outcome: 'pushed' }
  if (!CONFLICT.test(answer.summary)) throw refusal(branch, answer)
  if (await originContains(git, path, branch, headSha, signal)) return { outcome: 'up_to_date' }
  throw new AppError(
    'DELIVERY_CONFLICT',
    `Origin's ${branch} has commits that this work does not have: ${answer.summary}.`,
    {
      hint: `Run \`git fetch origin\`, merge origin/${branch} into your branch, verify and report done again.`,
    },
  )
}

/** Throws PushFailure when origin lets this host not even begin a push of `branch`; publishes nothing. */
export async function checkMayPush(git: Git, path: string, branch: string, signal?: AbortSignal): Promise<void> {
  checkBranchName(branch)
  const answer = await push(git, { path, branch }, ['--dry-run'], 'HEAD', { signal })
  if (answer.flag === '!' && !CONFLICT.test(answer.summary)) throw refusal(branch, answer)
}

/** Whether origin's branch, fetched now, has the commit in its history; false when origin has no such branch. */
export async function originContains(
  git: Git,
  root: string,
  branch: string,
  sha: string,
  signal?: AbortSignal,
): Promise<boolean> {
  checkSha(sha)
  checkBranchName(branch)
  const tip = await fetchBranch(git, root, branch, signal)
  return tip !== null && (await contains(git, root, sha, tip))
}

/** Refusals that a fetch and a merge can heal, in git's words and in those of a server that two pushes reached at once. */
const CONFLICT =
  /non-fast-forward|fetch first|stale info|but expected|reference already exists|incorrect old value|remote ref updated/

function push(
  git: Git,
  { path, branch }: { path: string; branch: string },
  options: string[],
  commit: string,
  limits: PushLimits,
): Promise<PushAnswer> {
  return runPush(git, { path, name: branch, refspec: `${commit}:refs/heads/${branch}` }, options, limits)
}
