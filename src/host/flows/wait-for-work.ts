import type { Offer, WorkOrder } from '../../contract/work.ts'
import { AppError } from '../../errors.ts'
import { fromApi, isClaimOver } from './api-error.ts'
import { cleanUp } from './clean-up.ts'
import { giveBack } from './give-back.ts'
import type { Host } from './host.ts'
import { prepareWork } from './prepare-work.ts'
import { settleDelivered } from './settle-delivered.ts'
import type { Worker } from './worker.ts'

export interface WaitWish {
  productId: string | null
  /** By Date.now(). */
  deadline: number
}

/**
 * Waits for a job until the deadline (null), claims it and makes its worktree ready: a claim is either made ready or
 * given back. A worker that holds a job already gets the same one again.
 */
export async function waitForWork(
  host: Host,
  worker: Worker,
  wish: WaitWish,
  signal: AbortSignal,
): Promise<WorkOrder | null> {
  const held = await stillHeld(host, worker)
  if (held) return held
  for (;;) {
    const offer = await claimWithin(host, worker, wish, signal)
    if (!offer) return null
    const order = await makeReady(host, worker, offer, signal)
    if (order) return order
  }
}

/** The job that the worker holds, as long as the server agrees; a lost one is rescued and forgotten. */
async function stillHeld(host: Host, worker: Worker): Promise<WorkOrder | null> {
  const { held } = worker
  if (!held) return null
  try {
    const { lease_until } = await host.api.jobs.renew(held.hold)
    return { ...held.order, lease_until }
  } catch (error) {
    if (!isClaimOver(error)) throw fromApi(error)
    worker.close()
    await cleanUp(host, worker, held)
    return null
  }
}

async function claimWithin(host: Host, worker: Worker, wish: WaitWish, signal: AbortSignal): Promise<Offer | null> {
  const worker_id = await worker.id()
  for (;;) {
    const left = wish.deadline - Date.now()
    const request = { worker_id, wait_ms: Math.max(0, Math.min(left, host.limits.sliceMs)) }
    const { offer } = await host.api.jobs.claim(
      { ...request, ...(wish.productId && { product_id: wish.productId }) },
      { signal },
    )
    if (offer || Date.now() >= wish.deadline) return offer
    if (signal.aborted) throw new AppError('ABORTED', 'The wait was cancelled.')
  }
}

/** Null when there was nothing left to do but to settle what an earlier attempt had delivered. */
async function makeReady(host: Host, worker: Worker, offer: Offer, signal: AbortSignal): Promise<WorkOrder | null> {
  try {
    if (await settleDelivered(host, offer, signal)) return null
    worker.held = await prepareWork(host, worker, offer, signal)
    if (signal.aborted) throw new AppError('ABORTED', 'The agent went away during set-up.')
    return worker.held.order
  } catch (error) {
    const cause = fromApi(error)
    const held = worker.held
    worker.close()
    if (held) await cleanUp(host, worker, held)
    await giveBack(host, offer, cause)
    throw cause
  }
}
