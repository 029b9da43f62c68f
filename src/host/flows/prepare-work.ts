import type { Offer } from '../../contract/work.ts'
import type { JobKind } from '../../domain/job-kinds.ts'
import type { Host } from './host.ts'
import { keepLease, watchOver } from './keep-lease.ts'
import { prepareOnBranch } from './prepare-on-branch.ts'
import type { Preparer } from './preparer.ts'
import type { HeldWork, Worker } from './worker.ts'

/** A kind without a preparer does not compile. */
const PREPARERS: Record<JobKind, Preparer> = {
  TASK_IMPLEMENTATION: prepareOnBranch,
  SPRINT_IMPLEMENTATION: prepareOnBranch,
}

/**
 * Makes a claimed job ready while its offer is renewed, and from then on keeps the lease of an agent that is connected. A
 * claim that ends meanwhile stops the set-up; what the server said of it is thrown.
 */
export async function prepareWork(host: Host, worker: Worker, offer: Offer, signal: AbortSignal): Promise<HeldWork> {
  const hold = { job_id: offer.job_id, claim_token: offer.claim_token }
  const lost = new AbortController()
  const stopOffering = keepLease(host, hold, host.limits.renewOfferMs, error => lost.abort(error))
  try {
    const work = await PREPARERS[offer.kind](host, worker, offer, AbortSignal.any([signal, lost.signal]))
    return { ...work, letGo: watchOver(host, worker, work) }
  } catch (error) {
    throw lost.signal.aborted ? lost.signal.reason : error
  } finally {
    void stopOffering()
  }
}
