import { fromApi, isClaimOver } from './api-error.ts'
import type { Host } from './host.ts'
import type { Worker } from './worker.ts'

/**
 * The agent's connection is closed: its lease is renewed no longer and soon ends, unless the agent comes back with its
 * claim token. One over HTTP has no connection whose end could mean anything.
 */
export async function partFrom(host: Host, worker: Worker): Promise<void> {
  const { held } = worker
  worker.close()
  if (!held || worker.silence.silent_seconds !== undefined) return
  // A renewal that arrives after the cut would undo it.
  await Promise.all([held.letGo(), held.checks.stop()])
  try {
    await host.api.jobs.cutLease({ ...held.hold, worker_id: await worker.id() })
  } catch (error) {
    if (!isClaimOver(error))
      host.log.warn({ err: fromApi(error), jobId: held.hold.job_id }, 'a lease could not be cut; it lapses by itself')
  }
}
