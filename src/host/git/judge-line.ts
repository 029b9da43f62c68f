import type { LineEnd, LineState } from '../../domain/line-end.ts'
import { contains, fetchBranch } from './branch.ts'
import { defaultBranchOf } from './default-branch.ts'
import type { Git } from './git.ts'
import { listOrigin, type OriginRefs } from './origin.ts'

export interface JudgedLine {
  /** Why the branch is not to be taken up; null when it may be. */
  end: LineEnd | null
  /** What origin told of its HEAD and the branch. */
  origin: OriginRefs
}

/**
 * Whether a line of ours is over by what origin has: its branch is merged, however that was done, or was deleted after
 * it was pushed; or the branch is not ours, because nothing has happened on the line and origin has it all the same.
 */
export async function judgeLine(
  git: Git,
  root: string,
  { branch, state }: { branch: string; state: LineState },
  signal?: AbortSignal,
): Promise<JudgedLine> {
  const ref = `refs/heads/${branch}`
  const origin = await listOrigin(git, root, ['HEAD', ref], signal)
  const tip = origin.tips.get(ref)
  if (tip === undefined) return { origin, end: state === 'PUSHED' ? 'GONE' : null }
  if (state === 'NEW') return { origin, end: 'FOREIGN' }
  if (state === 'BEGUN') return { origin, end: null }
  const start = await defaultBranchOf(git, root, origin, signal)
  for (const [name, known] of [[start.name, start.tip] as const, [branch, tip] as const])
    await fetchBranch(git, root, name, signal, known)
  return { origin, end: (await isMerged(git, root, tip, start.tip)) ? 'MERGED' : null }
}

/** Whether everything of a branch is in another: its commits, or, squashed or rebased, its changes. */
async function isMerged(git: Git, root: string, tip: string, into: string): Promise<boolean> {
  if (await contains(git, root, tip, into)) return true
  // 1: the two conflict; 128: no history in common; 129: a git before 2.38.
  const okExitCodes = [0, 1, 128, 129]
  const merged = await git.run(root, ['merge-tree', '--write-tree', into, tip], { okExitCodes })
  if (merged.exitCode !== 0) return false
  const { stdout } = await git.run(root, ['rev-parse', '--verify', `${into}^{tree}`])
  return merged.stdout === stdout
}
