import type { Offer } from '../../contract/work.ts'
import type { AppError, ErrorCode } from '../../errors.ts'
import { PushFailure } from '../git/push-failure.ts'
import { fromApi, isClaimOver, reasonOf } from './api-error.ts'
import type { Host } from './host.ts'

type Blame = 'nobody' | 'setup' | 'host'

/** Whose fault a failed set-up is; what cannot heal by itself bars this host from the job. */
const BLAME: Partial<Record<ErrorCode, Blame>> = {
  ABORTED: 'nobody',
  DISK_FULL: 'nobody',
  REPO_NOT_CONFIGURED: 'host',
  PUSH_FAILED: 'host',
  VALIDATION_ERROR: 'host',
}

/** Gives a claim back that could not be made ready. If we die before, the offer lapses and the reaper does the same. */
export async function giveBack(host: Host, offer: Offer, cause: AppError): Promise<void> {
  const hold = { job_id: offer.job_id, claim_token: offer.claim_token }
  try {
    await host.api.jobs.giveBack({ ...hold, blame: blameFor(cause), reason: reasonOf(cause) })
  } catch (error) {
    if (!isClaimOver(error))
      host.log.warn({ err: fromApi(error), jobId: offer.job_id }, 'a claim could not be given back; it lapses')
  }
}

/** An origin that cannot be reached now may be there later; one that refuses this host will not change its mind. */
function blameFor(cause: AppError): Blame {
  if (cause instanceof PushFailure && cause.reason === 'unknown') return 'setup'
  return BLAME[cause.code] ?? 'setup'
}
