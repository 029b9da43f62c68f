import { fromApi, isClaimOver, isHeldElsewhere } from './api-error.ts'
import type { Host } from './host.ts'
import { leaveWork } from './leave-work.ts'
import { watchActivity } from './watch-activity.ts'
import type { HeldWork, Hold, Silence, Worker } from './worker.ts'

/** Renews nothing any more; resolves when no renewal is under way that could still arrive. */
export type StopRenewing = () => Promise<void>

/** Renews a claim again and again until the result is called or the server says that it is over, which it tells once. */
export function keepLease(
  host: Host,
  hold: Hold & { worker_id?: string } & Silence,
  everyMs: number,
  onOver?: (error: unknown) => void,
): StopRenewing {
  const underWay = new Set<Promise<void>>()
  const renew = async () => {
    try {
      await host.api.jobs.renew(hold)
    } catch (error) {
      // Anything else may pass: until the reaper has acted even a lapsed lease can be renewed.
      if (isClaimOver(error)) end(error)
      host.log.warn({ jobId: hold.job_id, code: fromApi(error).code }, 'a lease could not be renewed')
    }
  }
  const end = (error: unknown) => {
    clearInterval(timer)
    onOver?.(error)
  }
  const timer = setInterval(() => {
    const renewal: Promise<void> = renew().finally(() => underWay.delete(renewal))
    underWay.add(renewal)
  }, everyMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await Promise.all(underWay)
  }
}

/**
 * Watches over a job that a worker has begun until the result is called: over its activity, and over its lease where the
 * connection shows that its agent lives; one over HTTP keeps its own by its calls. A job that another worker has taken
 * over is left to that one.
 */
export function watchOver(host: Host, worker: Worker, { hold, order }: Pick<HeldWork, 'hold' | 'order'>): StopRenewing {
  const endWatch = watchActivity(host, worker, { hold, order })
  if (worker.silence.silent_seconds !== undefined) return async () => endWatch()
  const endRenewal = keepLease(host, hold, renewalMs(host, { order }), error => {
    endWatch()
    if (isHeldElsewhere(error)) void leaveInTurn(host, worker, hold, error)
  })
  return () => {
    endWatch()
    return endRenewal()
  }
}

async function leaveInTurn(host: Host, worker: Worker, hold: Hold, cause: unknown): Promise<void> {
  await worker.alone(async () => {
    if (worker.held && worker.holds(hold)) await leaveWork(host, worker, worker.held, cause)
  })
}

/** Between two renewals of a lease: at least as often as its server asks. */
export function renewalMs({ limits }: Host, { order }: Pick<HeldWork, 'order'>): number {
  return Math.min(limits.renewLeaseMs, order.heartbeat_interval_seconds * 1000)
}
