import { changedPaths } from '../git/diff.ts'
import { fromApi } from './api-error.ts'
import { checkOnBranch } from './check-on-branch.ts'
import type { Patience } from './held-checks.ts'
import type { Host } from './host.ts'
import { runChecks } from './run-checks.ts'
import { statusAtWork } from './status-at-work.ts'
import type { HeldWork } from './worker.ts'

/** A diff of more is judged by these; no plan names as many. */
export const MOST_PATHS = 100_000

/**
 * Measures the committed diff of a job's own worktree, runs the repository's checks there, has the server judge the diff
 * by the frozen plan, and stores both.
 */
export async function verifyWork(host: Host, held: HeldWork, patience: Patience = {}) {
  const { worktree_path: path, base_sha } = held.order
  const status = await statusAtWork(host, held)
  const diff = await changedPaths(host.git, path, base_sha, status.headSha)
  const changed_paths = diff.paths.slice(0, MOST_PATHS)
  const verification = { verified_sha: status.headSha, changed_paths, changed_lines: diff.changedLines }
  try {
    await checkOnBranch(host, held, status.branch)
    const checks = [...(await runChecks(host, held, status.headSha, patience))]
    const verdict = await host.api.jobs.recordVerification({ ...held.hold, ...verification, checks })
    return { ...verdict, checks, verified_sha: status.headSha, base_sha, changed_paths, uncommitted: status.dirty }
  } catch (error) {
    throw fromApi(error)
  }
}
