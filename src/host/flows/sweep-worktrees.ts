import { fromApi } from './api-error.ts'
import { withBranchLock } from './branch-lock.ts'
import type { Host } from './host.ts'
import { isLive } from './is-live.ts'
import { publishRescuesOf } from './publish-rescues.ts'
import { listOwnWorktrees, listStandingWorktrees, type StandingWorktree } from './standing-worktrees.ts'
import { takeDownDead } from './take-down-dead.ts'
import { Worker } from './worker.ts'

export interface Swept {
  path: string
  rescueRef: string | null
}

/**
 * Saves and removes the worktrees of this data folder whose claims are over, of whichever process they were: folders, and
 * git's records of folders that are gone. What a person made is never touched. Returns what went.
 */
export async function sweepWorktrees(host: Host, signal?: AbortSignal): Promise<Swept[]> {
  const dead = (await listStandingWorktrees(host)).filter(({ claim }) => claim === 'dead')
  const worker = new Worker(host, 'sweeper')
  const gone: Swept[] = []
  for (const worktree of dead) {
    const swept = await removeDead(host, worker, worktree, signal)
    if (swept) gone.push(swept)
  }
  return gone
}

/** One that resists is left for the next sweep; a set-up may have put another claim's worktree in its place meanwhile. */
async function removeDead(
  host: Host,
  worker: Worker,
  { root, path, mark }: StandingWorktree,
  signal?: AbortSignal,
): Promise<Swept | null> {
  const { jobId, claimNo } = mark
  const remove = async () => {
    const now = (await listOwnWorktrees(host, root)).find(worktree => worktree.path === path)
    if (now?.mark.jobId !== jobId || now.mark.claimNo !== claimNo) return null
    if (await isLive(host, mark)) return null
    return { path, rescueRef: await takeDownDead(host, worker, { root, path, jobId, claimNo }) }
  }
  try {
    const swept = await withBranchLock(host, { root, branch: mark.branch ?? path }, remove)
    if (swept?.rescueRef) await publishRescuesOf(host, worker, { root, jobId }, signal)
    return swept
  } catch (error) {
    host.log.warn({ err: fromApi(error), path, jobId, claimNo }, 'a dead worktree could not be removed; it stays')
    return null
  }
}
