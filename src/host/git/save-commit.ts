import { checkSha, contains, tipOf } from './branch.ts'
import type { Git } from './git.ts'
import { RESCUE_REFS } from './rescue-name.ts'
import { checkClaim } from './worktree-path.ts'

/**
 * Keeps a commit under `refs/scrum4me/rescue/<job>/<claim_no>` and returns the ref's name. A ref that holds other work
 * is never overwritten: `-2`, `-3` … follow. Saving the same commit again changes nothing.
 */
export async function saveCommit(git: Git, root: string, sha: string, jobId: string, claimNo: number): Promise<string> {
  checkSha(sha)
  checkClaim(jobId, claimNo)
  for (let n = 1; ; n++) {
    const ref = `${RESCUE_REFS}/${jobId}/${claimNo}${n === 1 ? '' : `-${n}`}`
    const held = await tipOf(git, root, ref)
    if (held !== null && (await contains(git, root, sha, held))) return ref
    if (held === null || (await contains(git, root, held, sha))) {
      // The reflog alone tells when it was saved. The old value (empty: none) makes the write fail, instead of hiding what another process saved meanwhile.
      await git.run(root, ['update-ref', '--create-reflog', ref, sha, held ?? ''])
      return ref
    }
  }
}

/** Keeps a commit as `saveCommit` does, unless there is none or origin has it; returns the ref's name or null. */
export async function saveUnlessOnOrigin(git: Git, root: string, sha: string | null, jobId: string, claimNo: number) {
  if (sha === null || (await isOnOrigin(git, root, sha))) return null
  return saveCommit(git, root, sha, jobId, claimNo)
}

/** Whether origin, as last fetched, has the commit in one of its branches. */
export function isOnOrigin(git: Git, root: string, sha: string): Promise<boolean> {
  return isIn(git, root, sha, ['refs/remotes/origin/'])
}

/** Whether a rescue ref has the commit in its history. */
export function isRescued(git: Git, root: string, sha: string): Promise<boolean> {
  return isIn(git, root, sha, [`${RESCUE_REFS}/`])
}

async function isIn(git: Git, root: string, sha: string, refs: string[]): Promise<boolean> {
  const args = ['for-each-ref', '--count=1', '--format=%(refname)', `--contains=${sha}`, ...refs]
  return (await git.run(root, args)).stdout !== ''
}
