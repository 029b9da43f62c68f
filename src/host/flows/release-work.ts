import { fromApi, isClaimOver } from './api-error.ts'
import type { Host } from './host.ts'
import { leaveWork } from './leave-work.ts'
import type { HeldWork, Worker } from './worker.ts'

/**
 * Hands a held job back for its agent: it costs no attempt, but the job waits before it is offered again, longer each
 * time, or the same agent would get it at once. In a run that is paused nobody gets it before a person resumes that, and
 * then it need not wait. Returns the rescue ref of the work, if there was any.
 */
export async function releaseWork(host: Host, worker: Worker, held: HeldWork, reason: string): Promise<string | null> {
  try {
    const { sprint_run_status } = await host.api.jobs.renew(held.hold)
    const blame = sprint_run_status === 'paused' ? 'nobody' : 'setup'
    await host.api.jobs.giveBack({ ...held.hold, blame, reason })
  } catch (error) {
    if (isClaimOver(error)) await leaveWork(host, worker, held, error)
    throw fromApi(error)
  }
  return leaveWork(host, worker, held)
}
