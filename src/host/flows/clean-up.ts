import { withBranchLock } from './branch-lock.ts'
import type { Host } from './host.ts'
import { publishRescuesOf } from './publish-rescues.ts'
import { takeDown } from './take-down.ts'
import type { HeldWork, Worker } from './worker.ts'

/**
 * Saves what of a finished or lost job exists nowhere else, removes its worktree, and tells the server where the work
 * is. It fails nothing: what is left over is found by the next set-up.
 */
export async function cleanUp(host: Host, worker: Worker, held: HeldWork): Promise<string | null> {
  const { order, root } = held
  const attempt = { jobId: order.job_id, claimNo: order.attempt }
  try {
    const at = { root, path: order.worktree_path }
    const turn = { root, branch: order.branch_name }
    const rescueRef = await withBranchLock(host, turn, () => takeDown(host, { ...at, ...attempt }))
    const remains = {
      worker_id: await worker.id(),
      job_id: order.job_id,
      attempt: order.attempt,
      rescue_ref: rescueRef,
      removed: true,
    }
    await host.api.jobs.recordRemains(remains)
    if (rescueRef !== null) await publishRescuesOf(host, worker, { root, jobId: order.job_id })
    return rescueRef
  } catch (error) {
    host.log.warn({ err: error, ...attempt, path: order.worktree_path }, 'a worktree could not be cleaned up')
    return null
  }
}
