import type { JobView } from '../../contract/job.ts'
import { fromApi, isClaimOver } from './api-error.ts'
import { deliverWork } from './deliver-work.ts'
import type { Patience } from './held-checks.ts'
import type { Host } from './host.ts'
import { leaveWork } from './leave-work.ts'
import type { Report } from './report.ts'
import type { HeldWork, Hold, Worker } from './worker.ts'

/**
 * Ends a held job as its agent reports: done is delivered first, failed and skipped keep the work on a rescue ref. When
 * the claim turns out to be over, the work is saved and the worker is free. Returns the job as it is stored.
 */
export async function finishWork(
  host: Host,
  worker: Worker,
  held: HeldWork,
  report: Report,
  patience: Patience = {},
): Promise<JobView> {
  try {
    const isDone = report.status === 'done'
    const job = isDone ? await deliverWork(host, held, report, patience) : await settle(host, held, report)
    await leaveWork(host, worker, held)
    return job
  } catch (error) {
    const cause = fromApi(error)
    // PUSH_FAILED has settled the job as failed already.
    if (isClaimOver(cause) || cause.code === 'PUSH_FAILED') await leaveWork(host, worker, held, cause)
    throw cause
  }
}

/** The answer to a report that came twice: what is stored, or that the job has ended otherwise. */
export async function repeatReport(host: Host, ended: Hold, { status, summary, error }: Report): Promise<JobView> {
  try {
    return await host.api.jobs.settle({ ...ended, outcome: status, error: error ?? summary })
  } catch (failure) {
    throw fromApi(failure)
  }
}

function settle(host: Host, held: HeldWork, { status, summary, error, usage }: Report): Promise<JobView> {
  return host.api.jobs.settle({ ...held.hold, outcome: status, summary, usage, error: error ?? summary })
}
