import { AppError } from '../../errors.ts'
import type { Claimant, ClaimedJob } from '../store/jobs/claim-next-jobs.ts'
import type { ClaimScope } from '../store/jobs/claimable.ts'
import type { DispatcherOptions } from './dispatcher-options.ts'
import { repeatEvery } from './repeat-every.ts'
import { WaiterQueue } from './waiter-queue.ts'

export interface Dispatcher {
  /** Waits for a job until `waitMs` have passed (null) or the signal aborts (ABORTED); claims nothing after either. */
  wait(
    scope: ClaimScope,
    claimant: Claimant,
    limits: { waitMs: number; signal?: AbortSignal },
  ): Promise<ClaimedJob | null>
  /** Something may have become claimable for this user, or for anybody. */
  ring(userId: string | null): void
  /** Ends all waits with null. */
  close(): void
  readonly waiting: number
}

/** The waiters of this process: queued by what they may claim, served oldest first, however they are woken. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const queues = new Map<string, WaiterQueue>()
  let closed = false

  const queueOf = (scope: ClaimScope) => {
    const key = JSON.stringify(scope)
    const queue = queues.get(key) ?? new WaiterQueue(scope, options, () => queues.delete(key))
    queues.set(key, queue)
    return queue
  }
  const ring = (userId: string | null) => {
    for (const queue of queues.values()) if (userId === null || queue.userId === userId) queue.look()
  }
  const stopPolling = repeatEvery(options.pollMs, () => ring(null), options.onError)

  return {
    async wait(scope, claimant, { waitMs, signal }) {
      if (closed) throw new AppError('SERVER_UNAVAILABLE', 'The server is shutting down.')
      if (signal?.aborted) throw new AppError('ABORTED', 'The wait was cancelled.')
      return queueOf(scope).join(claimant, waitMs, signal)
    },
    ring,
    close() {
      closed = true
      void stopPolling()
      for (const queue of queues.values()) queue.close()
    },
    get waiting() {
      return [...queues.values()].reduce((sum, queue) => sum + queue.size, 0)
    },
  }
}
