import { claimOfRescue } from '../git/rescue-name.ts'
import type { Host } from './host.ts'
import type { Worker } from './worker.ts'

/** Tells the server where the work of dead attempts was saved that stood in the way of a new worktree. */
export async function recordRescues(host: Host, worker: Worker, refs: readonly string[]): Promise<void> {
  for (const ref of refs) {
    const claim = claimOfRescue(ref)
    if (claim === null) continue
    const attempt = { worker_id: await worker.id(), job_id: claim.jobId, attempt: claim.claimNo }
    await host.api.jobs.recordRemains({ ...attempt, rescue_ref: ref, removed: false })
  }
}
