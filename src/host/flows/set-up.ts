import type { Offer } from '../../contract/work.ts'
import { AppError } from '../../errors.ts'
import { fromApi, isClaimOver } from './api-error.ts'
import { cleanUp } from './clean-up.ts'
import { giveBack } from './give-back.ts'
import type { Host } from './host.ts'
import { within } from './patience.ts'
import { prepareWork } from './prepare-work.ts'
import { settleDelivered } from './settle-delivered.ts'
import type { HeldWork, SetUpUnderWay, Worker } from './worker.ts'

/** An offer is renewed for 15 minutes: what is not ready by then goes back, which takes a moment, too. */
export const LONGEST_SET_UP_MS = 14.5 * 60_000
/** An agent that no connection shows to be alive comes back for its set-up within this, or the claim is given back. */
export const COMES_BACK_WITHIN_MS = 2 * 60_000

/**
 * A claim that is made ready. It outlives the call that began it, because many clients end a call before a set-up has
 * ended: the worker's next wait joins it. An agent that goes away, or does not come back, gives the claim back at once;
 * what was made for it is removed afterwards.
 */
export class SetUp implements SetUpUnderWay {
  readonly jobId: string
  readonly productId: string
  readonly #worker: Worker
  readonly #over = new AbortController()
  readonly #outcome: Promise<HeldWork | null>
  readonly #limit: NodeJS.Timeout
  #absence: NodeJS.Timeout | undefined
  #isAwaited = false
  #isReady = false
  /** Handed over, or given back already: an end comes too late. */
  #isSettled = false
  #handOver: () => void = () => undefined

  constructor(host: Host, worker: Worker, offer: Offer) {
    this.#worker = worker
    this.jobId = offer.job_id
    this.productId = offer.product.id
    this.#limit = setTimeout(() => void this.#end(this.#isReady ? wentAway() : tookTooLong()), LONGEST_SET_UP_MS)
    this.#limit.unref()
    this.#outcome = this.#run(host, offer).finally(() => clearTimeout(this.#limit))
    this.#outcome.catch(() => undefined)
  }

  /**
   * The job when it is ready, or null when there is nothing to do: an earlier attempt had delivered it, or the claim
   * ended. 'not yet' at the end of the caller's patience; ABORTED when the caller went away.
   */
  async join({ signal, withinMs }: Parameters<SetUpUnderWay['join']>[0]): Promise<HeldWork | null | 'not yet'> {
    const { aborted, reason } = this.#over.signal
    if (aborted && fromApi(reason).code === 'ABORTED') return this.stop().then(() => null)
    const leave = () => void this.#end(wentAway())
    signal.addEventListener('abort', leave)
    this.#await()
    if (signal.aborted) leave()
    try {
      const ready = await within(
        this.#outcome.then(held => ({ held })),
        { withinMs },
      )
      if (ready) this.#forget()
      return ready ? ready.held : 'not yet'
    } catch (error) {
      this.#forget()
      throw error
    } finally {
      signal.removeEventListener('abort', leave)
      this.#isAwaited = false
      if (this.#worker.setUp === this && this.#worker.silence.silent_seconds !== undefined) this.#expect()
    }
  }

  /** Gives the claim back, and resolves when nothing of it is left. */
  async stop(): Promise<void> {
    this.#end(wentAway())
    await Promise.allSettled([this.#outcome])
    this.#forget()
  }

  async #run(host: Host, offer: Offer): Promise<HeldWork | null> {
    const { signal } = this.#over
    const worker = this.#worker
    let givenBack: Promise<void> | undefined
    signal.addEventListener('abort', () => {
      givenBack = giveBack(host, worker, offer, fromApi(signal.reason))
    })
    let held: HeldWork | null = null
    try {
      if (await settleDelivered(host, offer, signal)) return null
      held = await prepareWork(host, worker, offer, signal)
      await this.#untilAwaited()
      this.#isSettled = true
      worker.held = held
      return held
    } catch (error) {
      this.#isSettled = true
      if (signal.aborted) {
        await Promise.all([givenBack, held?.letGo()])
        if (held) await cleanUp(host, worker, held, { isHandedOut: false })
        throw fromApi(signal.reason)
      }
      const cause = fromApi(error)
      // Cancelled or lapsed meanwhile: nothing is left to give back, and the wait goes on.
      if (isClaimOver(cause)) return null
      await giveBack(host, worker, offer, cause)
      throw cause
    }
  }

  /** Resolves when somebody is there to take the job; rejects when nobody came. */
  async #untilAwaited(): Promise<void> {
    this.#isReady = true
    const { signal } = this.#over
    if (!this.#isAwaited && !signal.aborted)
      await new Promise<void>(resolve => {
        this.#handOver = resolve
        signal.addEventListener('abort', () => resolve())
      })
    signal.throwIfAborted()
  }

  #await(): void {
    clearTimeout(this.#absence)
    this.#isAwaited = true
    this.#handOver()
  }

  #expect(): void {
    this.#absence = setTimeout(() => void this.stop(), COMES_BACK_WITHIN_MS)
    this.#absence.unref()
  }

  #end(cause: AppError): void {
    if (!this.#isSettled) this.#over.abort(cause)
  }

  #forget(): void {
    clearTimeout(this.#absence)
    if (this.#worker.setUp === this) this.#worker.setUp = null
  }
}

function wentAway(): AppError {
  return new AppError('ABORTED', 'The agent went away during set-up.')
}

function tookTooLong(): AppError {
  return new AppError('SETUP_FAILED', 'Set-up has not ended within a quarter of an hour, for which an offer lasts.')
}
