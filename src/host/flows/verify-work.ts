import { AppError } from '../../errors.ts'
import { changedPaths, worktreeStatus } from '../git/diff.ts'
import { fromApi } from './api-error.ts'
import type { Host } from './host.ts'
import type { HeldWork } from './worker.ts'

/** Measures the committed diff of a job's own worktree, has the server judge it by the frozen plan, and stores the result. */
export async function verifyWork(host: Host, held: HeldWork) {
  const { worktree_path: path, branch_name, base_sha } = held.order
  const status = await worktreeStatus(host.git, path)
  if (status.branch !== branch_name)
    throw new AppError(
      'INVALID_TRANSITION',
      `The worktree is on ${status.branch ?? 'no branch'}, not on ${branch_name}.`,
      {
        hint: `Run: git switch ${branch_name} (keep your commits: git log shows them), then verify again.`,
      },
    )
  const diff = await changedPaths(host.git, path, base_sha, status.headSha)
  const verification = { verified_sha: status.headSha, changed_paths: diff.paths, changed_lines: diff.changedLines }
  try {
    const verdict = await host.api.jobs.recordVerification({ ...held.hold, ...verification })
    return { ...verdict, verified_sha: status.headSha, base_sha, changed_paths: diff.paths, uncommitted: status.dirty }
  } catch (error) {
    throw fromApi(error)
  }
}
