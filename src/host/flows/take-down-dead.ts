import type { ClaimedWorktree } from '../git/rescue.ts'
import type { Host } from './host.ts'
import { takeDown } from './take-down.ts'
import type { Worker } from './worker.ts'

/**
 * Takes an attempt's worktree down and tells the server where its work is: before anything goes, so that no crash hides
 * it, and once more when the worktree is gone. A server that cannot be told leaves all where it is.
 */
export async function takeDownDead(host: Host, worker: Worker, worktree: ClaimedWorktree): Promise<string | null> {
  const attempt = { worker_id: await worker.id(), job_id: worktree.jobId, attempt: worktree.claimNo }
  const record = (rescue_ref: string | null, removed: boolean) =>
    host.api.jobs.recordRemains({ ...attempt, rescue_ref, removed })
  const ref = await takeDown(host, worktree, async saved => void (await record(saved, false)))
  await record(ref, true)
  return ref
}
