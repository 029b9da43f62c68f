import { fromApi, isClaimOver } from './api-error.ts'
import type { Host } from './host.ts'
import { leaveWork } from './leave-work.ts'
import { resumeWork } from './resume-work.ts'
import type { HeldWork, Hold, Worker } from './worker.ts'

/**
 * In the worker's turn: the job that it wants to go on with. One that it holds already is renewed; one whose lease ended
 * meanwhile, because the machine slept or the server was away, is taken up again as long as nothing came of that.
 */
export async function resumeHeld(host: Host, worker: Worker, hold: Hold): Promise<HeldWork> {
  const { held } = worker
  if (!held) return resumeWork(host, worker, hold)
  try {
    const { lease_until } = await host.api.jobs.renew({ ...held.hold, ...held.silence })
    held.order = { ...held.order, lease_until }
    return held
  } catch (error) {
    if (!isClaimOver(error)) throw fromApi(error)
  }
  try {
    const resumed = await resumeWork(host, worker, hold)
    held.letGo()
    await held.checks.stop()
    return resumed
  } catch (error) {
    await leaveWork(host, worker, held)
    throw error
  }
}
