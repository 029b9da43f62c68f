import { checkSha } from './branch.ts'
import type { Git } from './git.ts'
import { originContains } from './push.ts'

/** Whether a branch of origin has the commit, by asking: one that origin has deleted since is still known here. */
export async function isOnOriginNow(git: Git, root: string, sha: string, signal?: AbortSignal): Promise<boolean> {
  checkSha(sha)
  const format = '--format=%(refname:lstrip=3)'
  const args = ['for-each-ref', format, `--contains=${sha}`, 'refs/remotes/origin/']
  const branches = (await git.run(root, args, { signal })).stdout.split('\n')
  for (const branch of branches.filter(name => name !== '' && name !== 'HEAD'))
    if (await originContains(git, root, branch, sha, signal)) return true
  return false
}
