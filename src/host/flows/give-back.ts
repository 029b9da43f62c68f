import type { Offer } from '../../contract/work.ts'
import type { AppError, ErrorCode } from '../../errors.ts'
import { PushFailure } from '../git/push-failure.ts'
import { fromApi, isClaimOver, isDoubtful, reasonOf } from './api-error.ts'
import type { Host } from './host.ts'
import { OwnConfigInvalid } from './own-config-invalid.ts'
import type { OwedGiveBack, Worker } from './worker.ts'

type Blame = OwedGiveBack['blame']

/** Whose fault a failed set-up is; what cannot heal by itself bars this host from the job. */
const BLAME: Partial<Record<ErrorCode, Blame>> = {
  ABORTED: 'nobody',
  DISK_FULL: 'nobody',
  REPO_NOT_CONFIGURED: 'host',
  PUSH_FAILED: 'host',
  VALIDATION_ERROR: 'host',
  CONFIG_INVALID: 'host',
}

/**
 * Gives a claim back that could not be made ready. What the server cannot hear now is owed by the worker, which could
 * take no other job before. If we die before, the claim lapses and the reaper does the same.
 */
export async function giveBack(host: Host, worker: Worker, offer: Offer, cause: AppError): Promise<void> {
  const hold = { job_id: offer.job_id, claim_token: offer.claim_token }
  worker.owed.push({ ...hold, blame: blameFor(cause), reason: reasonOf(cause) })
  await payBack(host, worker).catch((error: unknown) => {
    host.log.warn({ err: error, jobId: offer.job_id }, 'a claim could not be given back; its worker tries again')
  })
}

/** Gives back what a worker owes; throws, and goes on owing it, while the server cannot hear it. */
export async function payBack(host: Host, worker: Worker): Promise<void> {
  for (const owed of [...worker.owed]) {
    try {
      await host.api.jobs.giveBack(owed)
    } catch (error) {
      if (isDoubtful(error)) throw fromApi(error)
      if (!isClaimOver(error)) host.log.warn({ err: fromApi(error), jobId: owed.job_id }, 'a claim lapses')
    }
    worker.owed = worker.owed.filter(one => one !== owed)
  }
}

/** An origin that cannot be reached now, and a file that is half written, may be whole later; a refusal or a kit will not change. */
function blameFor(cause: AppError): Blame {
  if (cause instanceof OwnConfigInvalid) return 'setup'
  if (cause instanceof PushFailure && cause.reason === 'unknown') return 'setup'
  return BLAME[cause.code] ?? 'setup'
}
