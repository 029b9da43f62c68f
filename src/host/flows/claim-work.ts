import { setTimeout as sleep } from 'node:timers/promises'
import type { Offer } from '../../contract/work.ts'
import { AppError } from '../../errors.ts'
import { fromApi, isDoubtful } from './api-error.ts'
import { makeRoom } from './assert-room.ts'
import { payBack } from './give-back.ts'
import type { Host } from './host.ts'
import type { Worker } from './worker.ts'

export interface ClaimWish {
  productId: string | null
  /** By Date.now(): nothing is claimed afterwards, but at the first look, which every wait has. */
  deadline: number
  isFirst: boolean
}

/**
 * Asks the server for a job, in slices, until the deadline (null). What the worker owes is given back before; a call that
 * broke off may have been answered all the same, and its offer goes back when nobody asks again.
 */
export async function claimWork(
  host: Host,
  worker: Worker,
  wish: ClaimWish,
  signal: AbortSignal,
): Promise<Offer | null> {
  try {
    for (let round = 0; ; round++) {
      await makeRoom(host)
      const worker_id = await worker.id()
      const left = wish.deadline - Date.now()
      if (left <= 0 && !(wish.isFirst && round === 0)) return null
      if (signal.aborted) throw new AppError('ABORTED', 'The wait was cancelled.')
      const wait_ms = Math.max(0, Math.min(left, host.limits.sliceMs))
      const request = { worker_id, wait_ms, ...(wish.productId && { product_id: wish.productId }) }
      const offer = await claimOnce(host, worker, request, { signal, deadline: wish.deadline, round })
      if (offer) return offer
    }
  } finally {
    await releaseOffers(host, worker)
  }
}

/** A server that is away for a moment ends no wait: null, after a pause, as long as there is time left. */
async function claimOnce(
  host: Host,
  worker: Worker,
  request: Parameters<Host['api']['jobs']['claim']>[0],
  { signal, deadline, round }: { signal: AbortSignal; deadline: number; round: number },
): Promise<Offer | null> {
  try {
    await payBack(host, worker)
    worker.mayBeOffered = true
    const { offer } = await host.api.jobs.claim(request, { signal })
    worker.mayBeOffered = false
    return offer
  } catch (error) {
    const cause = fromApi(error)
    if (!isDoubtful(cause)) worker.mayBeOffered = false
    const pause = Math.min(host.limits.awayPauseMs, FIRST_PAUSE_MS * 3 ** round)
    if (cause.code !== 'SERVER_UNAVAILABLE' || Date.now() + pause >= deadline) throw cause
    host.log.warn({ err: cause }, 'the server cannot be reached; the wait goes on')
    await sleep(pause, undefined, { signal }).catch(() => undefined)
    return null
  }
}

/** An answer that was lost on the way is asked for again at once, a server that is away less and less often. */
const FIRST_PAUSE_MS = 100

/** Puts back what the worker may have been offered by a call whose answer nobody heard; it fails nothing. */
export async function releaseOffers(host: Host, worker: Worker): Promise<void> {
  if (!worker.mayBeOffered) return
  try {
    await host.api.jobs.releaseOffers({ worker_id: await worker.id() })
    worker.mayBeOffered = false
  } catch (error) {
    host.log.warn({ err: fromApi(error) }, 'what a worker may have been offered could not be put back; it lapses')
  }
}
