import type { WorkOrder } from '../../contract/work-order.ts'
import { AppError } from '../../errors.ts'
import { isHeldElsewhere } from '../flows/api-error.ts'
import type { Host } from '../flows/host.ts'
import { partFrom } from '../flows/part-from.ts'
import { renewHeld } from '../flows/renew-held.ts'
import { resumeHeld } from '../flows/resume-held.ts'
import { type HeldWork, type Hold, type Silence, Worker } from '../flows/worker.ts'

/** A held job as a tool names it. */
export interface NamedJob {
  job_id: string
  claim_token?: string | undefined
}
export interface Holder {
  worker: Worker
  held: HeldWork
}

/**
 * The agents of one stdio connection, or of one token over HTTP. What they hold is known here only as long as the
 * process lives; whoever brings a claim token becomes the holder again.
 */
export class Agents {
  readonly #host: Host
  readonly #silence: Silence
  readonly #named = new Map<string, Worker>()
  #nameless: Worker[] = []
  readonly #takenOver = new Map<string, Promise<Holder>>()

  /** With a `silence` they are agents that no connection shows to be alive. */
  constructor(host: Host, silence: Silence = {}) {
    this.#host = host
    this.#silence = silence
  }

  /**
   * The worker that waits: the one of that name, else the connection's own, else, over HTTP, one whose job is being set
   * up for whoever comes back for it, or one that holds nothing.
   */
  waiting(name: string | undefined, clientName: string, productId: string | null): Worker {
    if (name !== undefined) return this.#byName(name)
    const own = this.#isConnected ? this.#nameless[0] : this.#left(clientName, productId)
    return own ?? this.#free(clientName)
  }

  /**
   * The holder of a job, by its claim token; who brings the token of a claim that nobody here holds becomes its holder.
   * Over HTTP the call keeps the lease, and takes the claim back from another process that took it over meanwhile.
   */
  async holder(named: NamedJob, clientName: string): Promise<Holder> {
    const hold = { job_id: named.job_id, claim_token: named.claim_token ?? this.#onlyToken(named.job_id) }
    const worker = this.#holderOf(hold)
    if (!worker?.held) return this.#takeOver(hold, clientName)
    worker.touch()
    const holder = { worker, held: worker.held }
    if (this.#isConnected) return holder
    try {
      await renewHeld(this.#host, worker, holder.held)
      return holder
    } catch (error) {
      if (!isHeldElsewhere(error)) throw error
      return this.#takeOver(hold, clientName)
    }
  }

  /** Makes the caller the holder of a claim and answers with its work order; null when its turn has not come in time. */
  async resume(
    hold: Hold,
    name: string | undefined,
    clientName: string,
    giveUp: AbortSignal,
  ): Promise<WorkOrder | null> {
    const worker = name === undefined ? this.#holderOf(hold) : this.#byName(name)
    if (!worker) return (await this.#takeOver(hold, clientName)).held.order
    return worker.aloneBefore(giveUp, async () => (await this.#hold(worker, hold)).order)
  }

  /** The claim under which a report is repeated: the named one, or the one of that job that was ended here. */
  ended({ job_id, claim_token }: NamedJob): Hold | null {
    if (claim_token !== undefined) return { job_id, claim_token }
    return this.#workers.find(worker => worker.ended?.job_id === job_id)?.ended ?? null
  }

  /** Forgets the agents that nobody has called for since an instant: what they held is over, or is taken over anew. */
  forgetIdle(since: number): void {
    const isIdle = (worker: Worker) => worker.isAtRest && worker.usedAt < since
    for (const worker of this.#workers.filter(isIdle)) worker.close()
    this.#nameless = this.#nameless.filter(worker => !isIdle(worker))
    for (const [name, worker] of this.#named) if (isIdle(worker)) this.#named.delete(name)
  }

  /** Waits for what is under way, and lets go of what is held. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map(worker => worker.alone(() => partFrom(this.#host, worker))))
  }

  get #isConnected(): boolean {
    return this.#silence.silent_seconds === undefined
  }

  get #workers(): Worker[] {
    return [...this.#nameless, ...this.#named.values()]
  }

  #holderOf(hold: Hold): Worker | undefined {
    return this.#workers.find(worker => worker.holds(hold))
  }

  #byName(name: string): Worker {
    const worker = this.#named.get(name) ?? new Worker(this.#host, name, this.#silence)
    this.#named.set(name, worker)
    return worker
  }

  /** One whose client could not wait for the end of its set-up. */
  #left(clientName: string, productId: string | null): Worker | undefined {
    return this.#nameless.find(
      ({ isAtRest, name, setUp }) =>
        isAtRest && name === clientName && setUp && (productId === null || productId === setUp.productId),
    )
  }

  /** A worker that ended its job, or waited in vain, serves the next agent of the same client. */
  #free(clientName: string): Worker {
    const free = this.#nameless.find(worker => worker.isFree && worker.name === clientName)
    if (free) return free
    const worker = new Worker(this.#host, clientName, this.#silence)
    this.#nameless.push(worker)
    return worker
  }

  /** The job that a call means which names none: the one of its claim token, or the only one of the connection. */
  jobOf(claimToken: string | undefined): string {
    const held = this.#workers.flatMap(worker => worker.held ?? [])
    const meant = held.filter(({ hold }) =>
      claimToken === undefined ? this.#isConnected : hold.claim_token === claimToken,
    )
    const [only, ...others] = meant
    if (only && others.length === 0) return only.hold.job_id
    throw new AppError('VALIDATION_ERROR', 'Which job is meant is not clear here.', {
      hint: 'Send the job_id and the claim_token that wait_for_job answered with.',
    })
  }

  #onlyToken(jobId: string): string {
    if (!this.#isConnected) throw tokenNeeded('Over HTTP every call about a held job names its claim_token.')
    const [only, ...others] = this.#workers.flatMap(({ held }) => held ?? [])
    if (others.length > 0) throw tokenNeeded('Several agents of this connection hold jobs: name the claim_token.')
    if (only?.hold.job_id === jobId) return only.hold.claim_token
    throw new AppError('LEASE_LOST', `This connection does not hold job ${jobId}.`, {
      hint: 'Call wait_for_job: it answers with the job that you hold, or with the next one. With the claim_token you can resume one.',
    })
  }

  /** Several calls that come at once with the same token make one holder. */
  #takeOver(hold: Hold, clientName: string): Promise<Holder> {
    const key = `${hold.job_id} ${hold.claim_token}`
    const known = this.#takenOver.get(key)
    if (known) return known
    const worker = this.#free(clientName)
    const taking = worker
      .alone(async () => ({ worker, held: await this.#hold(worker, hold) }))
      .finally(() => this.#takenOver.delete(key))
    this.#takenOver.set(key, taking)
    return taking
  }

  async #hold(worker: Worker, hold: Hold): Promise<HeldWork> {
    const other = worker.setUp?.jobId ?? worker.held?.hold.job_id
    if (other !== undefined && !worker.holds(hold))
      throw new AppError('CONFLICT', `This worker holds job ${other} already.`, {
        hint: 'Finish that one first, or resume under another worker name.',
      })
    const before = this.#holderOf(hold)
    worker.held = await resumeHeld(this.#host, worker, hold)
    if (before !== worker) before?.close()
    return worker.held
  }
}

function tokenNeeded(message: string): AppError {
  return new AppError('VALIDATION_ERROR', message, { hint: 'Send the claim_token that wait_for_job answered with.' })
}
