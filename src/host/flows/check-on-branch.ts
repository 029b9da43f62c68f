import { AppError } from '../../errors.ts'
import type { Host } from './host.ts'
import type { HeldWork } from './worker.ts'

/**
 * Throws INVALID_TRANSITION unless the worktree is on the job's branch. The next attempt takes the branch away from a
 * worktree whose claim is over, so then the answer is what the server says of the claim.
 */
export async function checkOnBranch(host: Host, held: HeldWork, branch: string | null): Promise<void> {
  const { branch_name: wanted } = held.order
  if (branch === wanted) return
  await host.api.jobs.renew(held.hold)
  throw new AppError('INVALID_TRANSITION', `The worktree is on ${branch ?? 'no branch'}, not on ${wanted}.`, {
    hint: `Bring your commits onto it (git switch ${wanted}; git reflog shows them), verify and report done.`,
  })
}
