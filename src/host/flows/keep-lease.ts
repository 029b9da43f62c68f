import { fromApi, isClaimOver } from './api-error.ts'
import type { Host } from './host.ts'
import type { Hold } from './worker.ts'

/** Renews a claim again and again until the result is called or the server says that it is over. */
export function keepLease(host: Host, hold: Hold, everyMs: number): () => void {
  const renew = async () => {
    try {
      await host.api.jobs.renew(hold)
    } catch (error) {
      // Anything else may pass: until the reaper has acted even a lapsed lease can be renewed.
      if (isClaimOver(error)) clearInterval(timer)
      host.log.warn({ jobId: hold.job_id, code: fromApi(error).code }, 'a lease could not be renewed')
    }
  }
  const timer = setInterval(() => void renew(), everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
