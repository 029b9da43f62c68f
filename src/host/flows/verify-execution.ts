import { changedPaths } from '../git/diff.ts'
import { checkOnBranch } from './check-on-branch.ts'
import type { Patience } from './held-checks.ts'
import type { Host } from './host.ts'
import { runChecks } from './run-checks.ts'
import { executionOf, whileClaimed } from './sprint-work.ts'
import { statusAtWork } from './status-at-work.ts'
import { notBegun } from './update-execution.ts'
import { MOST_PATHS } from './verify-work.ts'
import type { HeldWork, Worker } from './worker.ts'

/**
 * Measures the committed diff of one task of a sprint, since the task before it was finished, runs the repository's
 * checks, has the server judge the diff by the frozen plan, and stores both.
 */
export async function verifyExecution(
  host: Host,
  worker: Worker,
  held: HeldWork,
  { executionId, summary }: { executionId: string; summary: string | undefined },
  patience: Patience,
) {
  const { sprint, execution } = executionOf(held, executionId)
  const { base_sha } = execution
  if (base_sha === null) throw notBegun(execution)
  const path = sprint.order.worktree_path
  return whileClaimed(host, worker, held, async () => {
    const status = await statusAtWork(host, sprint)
    const diff = await changedPaths(host.git, path, base_sha, status.headSha)
    await checkOnBranch(host, held, status.branch)
    const checks = [...(await runChecks(host, held, status.headSha, patience))]
    const proof = {
      verified_sha: status.headSha,
      changed_paths: diff.paths.slice(0, MOST_PATHS),
      changed_lines: diff.changedLines,
      checks,
      summary,
    }
    const verdict = await host.api.executions.recordVerification({
      ...sprint.hold,
      execution_id: executionId,
      ...proof,
    })
    return { ...verdict, checks, base_sha, uncommitted: status.dirty }
  })
}
