import type { Offer } from '../../contract/work.ts'
import { originContains } from '../git/push.ts'
import type { Host } from './host.ts'
import { keepLease } from './keep-lease.ts'
import { locateRepository } from './locate-repository.ts'

/**
 * A job whose earlier attempt passed deliver is looked at first: when origin's branch contains the delivered commit,
 * nothing but the settling was missing, and no agent is needed. False when there is work to do.
 */
export async function settleDelivered(host: Host, offer: Offer, signal: AbortSignal): Promise<boolean> {
  const { head_sha, branch, job_id, claim_token } = offer
  if (!head_sha) return false
  const hold = { job_id, claim_token }
  const letGo = keepLease(host, hold, host.limits.renewOfferMs)
  try {
    const { path } = await locateRepository(host, offer, signal)
    if (!(await originContains(host.git, path, branch, head_sha, signal))) return false
    await host.api.jobs.settle({ ...hold, outcome: 'done', pushed: true })
    return true
  } finally {
    await letGo()
  }
}
