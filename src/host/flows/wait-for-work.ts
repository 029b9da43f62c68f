import { setTimeout as sleep } from 'node:timers/promises'
import type { Offer } from '../../contract/work.ts'
import type { WorkOrder } from '../../contract/work-order.ts'
import { AppError } from '../../errors.ts'
import { fromApi, isClaimOver } from './api-error.ts'
import { makeRoom } from './assert-room.ts'
import { cleanUp } from './clean-up.ts'
import { giveBack } from './give-back.ts'
import type { Host } from './host.ts'
import { prepareWork } from './prepare-work.ts'
import { stillHeld } from './renew-held.ts'
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

async function claimWithin(host: Host, worker: Worker, wish: WaitWish, signal: AbortSignal): Promise<Offer | null> {
  const worker_id = await worker.id()
  for (;;) {
    await makeRoom(host)
    const left = wish.deadline - Date.now()
    const request = { worker_id, wait_ms: Math.max(0, Math.min(left, host.limits.sliceMs)) }
    const offer = await claimOnce(
      host,
      { ...request, ...(wish.productId && { product_id: wish.productId }) },
      {
        signal,
        deadline: wish.deadline,
      },
    )
    if (offer || Date.now() >= wish.deadline) return offer
    if (signal.aborted) throw new AppError('ABORTED', 'The wait was cancelled.')
  }
}

/** A server that is away for a moment ends no wait: null, after a pause, as long as there is time left. */
async function claimOnce(
  host: Host,
  request: Parameters<Host['api']['jobs']['claim']>[0],
  { signal, deadline }: { signal: AbortSignal; deadline: number },
): Promise<Offer | null> {
  try {
    return (await host.api.jobs.claim(request, { signal })).offer
  } catch (error) {
    const cause = fromApi(error)
    const { awayPauseMs } = host.limits
    if (cause.code !== 'SERVER_UNAVAILABLE' || Date.now() + awayPauseMs >= deadline) throw cause
    host.log.warn({ err: cause }, 'the server cannot be reached; the wait goes on')
    await sleep(awayPauseMs, undefined, { signal })
    return null
  }
}

/** Null when there is nothing to do: an earlier attempt had delivered it, or the claim ended during set-up. */
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
    if (held) await cleanUp(host, worker, held, { isHandedOut: false })
    // Cancelled or lapsed meanwhile: nothing is left to give back, and the wait goes on.
    if (isClaimOver(cause) && !signal.aborted) return null
    await giveBack(host, offer, cause)
    throw cause
  }
}
