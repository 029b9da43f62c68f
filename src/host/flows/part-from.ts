import { fromApi, isClaimOver } from './api-error.ts'
import { releaseOffers } from './claim-work.ts'
import { payBack } from './give-back.ts'
import type { Host } from './host.ts'
import type { HeldWork, Worker } from './worker.ts'

/**
 * The agent's connection is closed: its lease is renewed no longer and soon ends, unless the agent comes back with its
 * claim token; what is not its own yet goes back. One over HTTP has no connection whose end could mean anything.
 */
export async function partFrom(host: Host, worker: Worker): Promise<void> {
  const { held, setUp } = worker
  worker.close()
  await setUp?.stop()
  await releaseOffers(host, worker)
  await payBack(host, worker).catch((error: unknown) => {
    host.log.warn({ err: error }, 'claims could not be given back; they lapse')
  })
  if (held && worker.silence.silent_seconds === undefined) await cut(host, worker, held)
}

async function cut(host: Host, worker: Worker, held: HeldWork): Promise<void> {
  // A renewal that arrives after the cut would undo it.
  await Promise.all([held.letGo(), held.checks.stop()])
  try {
    await host.api.jobs.cutLease({ ...held.hold, worker_id: await worker.id() })
  } catch (error) {
    if (!isClaimOver(error))
      host.log.warn({ err: fromApi(error), jobId: held.hold.job_id }, 'a lease could not be cut; it lapses by itself')
  }
}
