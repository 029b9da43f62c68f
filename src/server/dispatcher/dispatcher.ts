import { AppError } from '../../errors.ts'
import type { Claimant, ClaimedJob } from '../store/jobs/claim-next-jobs.ts'
import type { DispatcherOptions, WaitScope } from './dispatcher-options.ts'
import { Doubts } from './doubts.ts'
import { repeatEvery } from './repeat-every.ts'
import { WaiterQueue } from './waiter-queue.ts'

export interface Dispatcher {
  /** Waits for a job until `waitMs` have passed (null) or the signal aborts (ABORTED); claims nothing after either. */
  wait(
    scope: WaitScope,
    claimant: Claimant,
    limits: { waitMs: number; signal?: AbortSignal },
  ): Promise<ClaimedJob | null>
  /** Something may have become claimable for this user, or for anybody. */
  ring(userId: string | null): void
  /** The worker was told of the job that it holds: nothing is taken back from it. */
  keep(workerId: string): void
  /** Ends all waits with null, and resolves when what was claimed for them meanwhile is given back. */
  close(): Promise<void>
  readonly waiting: number
}

/** The waiters of this process: queued by what they may claim, served oldest first, however they are woken. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const queues = new Map<string, WaiterQueue>()
  const underWay = new Set<Promise<unknown>>()
  let closed = false

  const track = <T>(promise: Promise<T>): Promise<T> => {
    const forget = () => underWay.delete(promise)
    underWay.add(promise)
    promise.then(forget, forget)
    return promise
  }
  const tracked: DispatcherOptions = {
    ...options,
    claim: (...wish) => track(options.claim(...wish)),
    recall: workerIds => track(options.recall(workerIds)),
    release: jobs => track(options.release(jobs)),
  }
  const doubts = new Doubts(tracked)
  const queueOf = (scope: WaitScope) => {
    const key = JSON.stringify(scope)
    const queue = queues.get(key) ?? new WaiterQueue(scope, tracked, doubts, () => queues.delete(key))
    queues.set(key, queue)
    return queue
  }
  const ring = (userId: string | null) => {
    for (const queue of queues.values()) if (userId === null || queue.userIds.includes(userId)) queue.look()
  }
  /** One statement for all who wait finds whose jobs nobody was told of. */
  const poll = async () => {
    await doubts.clear()
    const waiting = new Set([...queues.values()].flatMap(queue => queue.userIds))
    if (waiting.size === 0) return
    const withWork = new Set(await options.usersWithWork([...waiting]))
    for (const queue of queues.values()) if (queue.hasDoubts || queue.userIds.some(id => withWork.has(id))) queue.look()
  }
  const stopPolling = repeatEvery(options.pollMs, poll, options.onError)

  return {
    async wait(scope, claimant, { waitMs, signal }) {
      if (signal?.aborted) throw new AppError('ABORTED', 'The wait was cancelled.')
      // A call that was let in before the close may arrive here after it: it ends as the waits do.
      if (closed) return null
      return queueOf(scope).join(claimant, waitMs, signal)
    },
    ring,
    keep: workerId => void doubts.remove(workerId),
    async close() {
      closed = true
      for (const queue of queues.values()) queue.close()
      await stopPolling()
      // A queue hears of its claim before this does, so that the release of a late claim is under way by now.
      while (underWay.size > 0) await Promise.allSettled(underWay)
    },
    get waiting() {
      return [...queues.values()].reduce((sum, queue) => sum + queue.size, 0)
    },
  }
}
