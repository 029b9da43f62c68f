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
    const ref = nameOf({ jobId, claimNo }, n)
    const held = await tipOf(git, root, ref)
    if (held !== null && (await contains(git, root, sha, held))) return ref
    if (held === null || (await contains(git, root, held, sha))) {
      await write(git, root, ref, sha, held ?? '')
      return ref
    }
  }
}

/** Keeps a commit as `saveCommit` does, unless there is none or origin has it; returns the ref's name or null. */
export async function saveUnlessOnOrigin(git: Git, root: string, sha: string | null, jobId: string, claimNo: number) {
  if (sha === null || (await isOnOrigin(git, root, sha))) return null
  return saveCommit(git, root, sha, jobId, claimNo)
}

/**
 * Keeps a commit that is not the attempt's last state on a ref of its own beside that: `-2` or more, which is never moved
 * on by it. Returns the ref that has it, which may be an earlier one.
 */
export async function keepBeside(
  git: Git,
  root: string,
  sha: string,
  { jobId, claimNo }: { jobId: string; claimNo: number },
): Promise<string> {
  checkSha(sha)
  checkClaim(jobId, claimNo)
  const known = await refWith(git, root, sha, [`${RESCUE_REFS}/`])
  if (known !== null) return known
  for (let n = 2; ; n++) {
    const ref = nameOf({ jobId, claimNo }, n)
    if ((await tipOf(git, root, ref)) !== null) continue
    await write(git, root, ref, sha, '')
    return ref
  }
}

/** For rev-list: whatever keeps a commit in a repository for good, or for as long as a person wants. */
export const ANY_REF = ['--branches', '--remotes', '--tags', `--glob=${RESCUE_REFS}`]

/** Whether origin, as last fetched, has the commit in one of its branches. */
export async function isOnOrigin(git: Git, root: string, sha: string): Promise<boolean> {
  return (await refWith(git, root, sha, ['refs/remotes/origin/'])) !== null
}

/** Whether a rescue ref has the commit in its history. */
export async function isRescued(git: Git, root: string, sha: string): Promise<boolean> {
  return (await refWith(git, root, sha, [`${RESCUE_REFS}/`])) !== null
}

async function refWith(git: Git, root: string, sha: string, refs: string[]): Promise<string | null> {
  const args = ['for-each-ref', '--count=1', '--format=%(refname)', `--contains=${sha}`, ...refs]
  return (await git.run(root, args)).stdout.trim() || null
}

function nameOf({ jobId, claimNo }: { jobId: string; claimNo: number }, n: number): string {
  return `${RESCUE_REFS}/${jobId}/${claimNo}${n === 1 ? '' : `-${n}`}`
}

/** The reflog alone tells when it was saved. The old value (empty: none) makes the write fail, instead of hiding what another process saved meanwhile. */
async function write(git: Git, root: string, ref: string, sha: string, held: string): Promise<void> {
  await git.run(root, ['update-ref', '--create-reflog', ref, sha, held])
}
