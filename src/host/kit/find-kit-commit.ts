import { fetchBranch } from '../git/branch.ts'
import { readDefaultBranch } from '../git/default-branch.ts'
import type { Git } from '../git/git.ts'

/**
 * The commit whose kit holds for a job: the one that it starts from, or, on a branch that earlier jobs have pushed to, the
 * newest of origin's default branch in its history. So no agent's delivery weakens the checks of the next one.
 */
export async function findKitCommit(
  git: Git,
  root: string,
  { baseSha, reusedBranch }: { baseSha: string; reusedBranch: boolean },
  signal?: AbortSignal,
): Promise<string> {
  if (!reusedBranch) return baseSha
  const { name, tip } = await readDefaultBranch(git, root, signal)
  const newest = (await fetchBranch(git, root, name, signal, tip)) ?? tip
  const common = await git.run(root, ['merge-base', baseSha, newest], { signal, okExitCodes: [0, 1] })
  return common.exitCode === 0 ? common.stdout.trim() : newest
}
