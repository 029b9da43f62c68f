import type { WorkOrder } from '../../contract/work-order.ts'
import { type ClaimWish, claimWork } from './claim-work.ts'
import type { Host } from './host.ts'
import { stillHeld } from './renew-held.ts'
import { SetUp } from './set-up.ts'
import type { SetUpUnderWay, Worker } from './worker.ts'

export interface WaitWish {
  productId: string | null
  /** By Date.now(). */
  deadline: number
  /** When the client has to have an answer, by Date.now(); without it a set-up is waited for to its end. */
  answerBy?: number
}

/**
 * Waits for a job until the deadline (null), claims it and makes its worktree ready: a claim is either made ready or
 * given back. A worker that holds a job already gets the same one again. Null also while its `setUp` takes longer than
 * the client bears: that goes on, and the worker's next wait joins it.
 */
export async function waitForWork(
  host: Host,
  worker: Worker,
  { productId, deadline, answerBy }: WaitWish,
  signal: AbortSignal,
): Promise<WorkOrder | null> {
  const held = await stillHeld(host, worker)
  if (held) return held
  for (let isFirst = true; ; isFirst = false) {
    const wish = { productId, deadline, isFirst }
    const setUp = worker.setUp ?? (await begin(host, worker, wish, signal))
    if (!setUp) return null
    const withinMs = answerBy === undefined ? undefined : Math.max(0, answerBy - Date.now())
    const ready = await setUp.join({ signal, withinMs })
    if (ready === 'not yet') return null
    if (ready) return ready.order
  }
}

async function begin(host: Host, worker: Worker, wish: ClaimWish, signal: AbortSignal): Promise<SetUpUnderWay | null> {
  const offer = await claimWork(host, worker, wish, signal)
  if (offer) worker.setUp = new SetUp(host, worker, offer)
  return worker.setUp
}
