import type { Host } from './host.ts'
import type { Worker } from './worker.ts'

const RESCUE_REF = /^refs\/scrum4me\/rescue\/(?<jobId>[^/]+)\/(?<claimNo>\d+)/

/** Tells the server where the work of dead attempts was saved that stood in the way of a new worktree. */
export async function recordRescues(host: Host, worker: Worker, refs: readonly string[]): Promise<void> {
  for (const ref of refs) {
    const { jobId, claimNo } = RESCUE_REF.exec(ref)?.groups ?? {}
    if (!jobId || !claimNo) continue
    const attempt = { worker_id: await worker.id(), job_id: jobId, attempt: Number(claimNo) }
    await host.api.jobs.recordRemains({ ...attempt, rescue_ref: ref, removed: false })
  }
}
