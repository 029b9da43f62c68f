import { checkSha, fetchBranch, hasCommit } from './branch.ts'
import { defaultBranchOf } from './default-branch.ts'
import type { Git } from './git.ts'
import { listOrigin, type OriginRefs } from './origin.ts'

export interface StartCommit {
  sha: string
  /** Whether origin has the branch already. */
  reusedBranch: boolean
}

interface StartWish {
  root: string
  branch: string | null
  baseSha: string | null
  /** What origin has just told of its HEAD and the branch; it is asked else. */
  origin?: OriginRefs | undefined
}

/**
 * The commit at which a branch starts: origin's tip of it; else where the earlier attempt started, while that commit is
 * there; else the tip of origin's default branch. Brings it here; `branch` null means the default branch itself.
 */
export async function findStartCommit(
  git: Git,
  { root, branch, baseSha, origin: told }: StartWish,
  signal?: AbortSignal,
): Promise<StartCommit> {
  if (baseSha !== null) checkSha(baseSha)
  const ref = branch === null ? [] : [`refs/heads/${branch}`]
  const origin = told ?? (await listOrigin(git, root, ['HEAD', ...ref], signal))
  const known = origin.tips.get(`refs/heads/${branch}`)
  const tip = branch !== null && known !== undefined ? await fetchBranch(git, root, branch, signal, known) : null
  if (tip !== null) return { sha: tip, reusedBranch: true }
  if (baseSha !== null && (await hasCommit(git, root, baseSha))) return { sha: baseSha, reusedBranch: false }
  const start = await defaultBranchOf(git, root, origin, signal)
  const newest = await fetchBranch(git, root, start.name, signal, start.tip)
  const isHere = baseSha !== null && (await hasCommit(git, root, baseSha))
  return { sha: isHere ? baseSha : (newest ?? start.tip), reusedBranch: false }
}
