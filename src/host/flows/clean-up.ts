import { fromApi } from './api-error.ts'
import { withBranchLock } from './branch-lock.ts'
import type { Host } from './host.ts'
import { isLive } from './is-live.ts'
import { publishRescuesOf } from './publish-rescues.ts'
import { takeDownDead } from './take-down-dead.ts'
import type { HeldWork, Worker } from './worker.ts'

/**
 * Saves what of a finished or lost job exists nowhere else, removes its worktree, and tells the server where the work
 * is. It fails nothing: what is left over is found by the next sweep. A claim that was handed out may be held by another
 * connection again, so its worktree goes only when the server says that it is not.
 */
export async function cleanUp(
  host: Host,
  worker: Worker,
  { order, root }: HeldWork,
  { isHandedOut = true } = {},
): Promise<string | null> {
  const attempt = { jobId: order.job_id, claimNo: order.attempt }
  const turn = { root, branch: order.branch_name }
  try {
    const rescueRef = await withBranchLock(host, turn, async () => {
      if (isHandedOut && (await isLive(host, attempt))) return null
      // The server hears of it in the same turn: it lets nobody go on with a claim whose worktree it knows to be gone.
      return takeDownDead(host, worker, { root, path: order.worktree_path, ...attempt })
    })
    if (rescueRef !== null) await publishRescuesOf(host, worker, { root, jobId: order.job_id })
    return rescueRef
  } catch (error) {
    host.log.warn({ err: fromApi(error), ...attempt, path: order.worktree_path }, 'a worktree could not be cleaned up')
    return null
  }
}
