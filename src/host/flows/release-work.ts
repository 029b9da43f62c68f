import { fromApi } from './api-error.ts'
import type { Host } from './host.ts'
import { leaveWork } from './leave-work.ts'
import type { HeldWork, Worker } from './worker.ts'

/**
 * Hands a held job back for its agent: it costs no attempt, but the job waits before it is offered again, or the same
 * agent would get it at once. Returns the rescue ref of the work, if there was any.
 */
export async function releaseWork(host: Host, worker: Worker, held: HeldWork, reason: string): Promise<string | null> {
  try {
    await host.api.jobs.giveBack({ ...held.hold, blame: 'setup', reason })
  } catch (error) {
    throw fromApi(error)
  }
  return leaveWork(host, worker, held)
}
