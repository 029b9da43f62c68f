import { fromApi, isClaimOver } from './api-error.ts'
import type { Host } from './host.ts'
import { watchActivity } from './watch-activity.ts'
import type { HeldWork, Hold, Silence, Worker } from './worker.ts'

/** Renews a claim again and again until the result is called or the server says that it is over, which it tells once. */
export function keepLease(host: Host, hold: Hold & Silence, everyMs: number, onOver?: () => void): () => void {
  const renew = async () => {
    try {
      await host.api.jobs.renew(hold)
    } catch (error) {
      // Anything else may pass: until the reaper has acted even a lapsed lease can be renewed.
      if (isClaimOver(error)) end()
      host.log.warn({ jobId: hold.job_id, code: fromApi(error).code }, 'a lease could not be renewed')
    }
  }
  const end = () => {
    clearInterval(timer)
    onOver?.()
  }
  const timer = setInterval(() => void renew(), everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

/**
 * Watches over a job that a worker has begun until the result is called: over its activity, and over its lease where the
 * connection shows that its agent lives; one over HTTP keeps its own by its calls.
 */
export function watchOver(host: Host, worker: Worker, held: Pick<HeldWork, 'hold' | 'order'>): () => void {
  const endWatch = watchActivity(host, worker, held)
  if (worker.silence.silent_seconds !== undefined) return endWatch
  const endRenewal = keepLease(host, held.hold, renewalMs(host, held), endWatch)
  return () => {
    endRenewal()
    endWatch()
  }
}

/** Between two renewals of a lease: at least as often as its server asks. */
export function renewalMs({ limits }: Host, { order }: Pick<HeldWork, 'order'>): number {
  return Math.min(limits.renewLeaseMs, order.heartbeat_interval_seconds * 1000)
}
