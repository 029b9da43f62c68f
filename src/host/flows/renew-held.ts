import type { WorkOrder } from '../../contract/work-order.ts'
import { fromApi, isClaimOver } from './api-error.ts'
import type { Host } from './host.ts'
import { leaveWork } from './leave-work.ts'
import type { HeldWork, Silence, Worker } from './worker.ts'

/** Renews the lease of a held job for a call about it; a lost one is rescued and forgotten. Returns the lease's end, and how the run stands. */
export async function renewHeld(
  host: Host,
  worker: Worker,
  held: HeldWork,
  silence: Silence = held.silence,
): Promise<Awaited<ReturnType<Host['api']['jobs']['renew']>>> {
  try {
    return await host.api.jobs.renew({ ...held.hold, ...silence })
  } catch (error) {
    if (isClaimOver(error)) await worker.alone(() => leaveWork(host, worker, held, error))
    throw fromApi(error)
  }
}

/**
 * In the worker's turn: the job that it holds, as long as the server agrees; a lost one is rescued and forgotten, one
 * that another worker has taken over only forgotten.
 */
export async function stillHeld(host: Host, worker: Worker): Promise<WorkOrder | null> {
  const { held } = worker
  if (!held) return null
  try {
    const { lease_until } = await host.api.jobs.renew({ ...held.hold, ...held.silence })
    return { ...held.order, lease_until }
  } catch (error) {
    if (!isClaimOver(error)) throw fromApi(error)
    await leaveWork(host, worker, held, error)
    return null
  }
}
