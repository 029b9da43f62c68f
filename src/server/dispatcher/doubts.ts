import type { DispatcherOptions } from './dispatcher-options.ts'

/** Workers whose waits ended while nobody knew whether a job was claimed for them: what was is taken back. */
export class Doubts {
  /** By worker, whether the statement that may have claimed for it is over. */
  readonly #left = new Map<string, boolean>()
  readonly #options: Pick<DispatcherOptions, 'recall' | 'release' | 'onError'>

  constructor(options: Pick<DispatcherOptions, 'recall' | 'release' | 'onError'>) {
    this.#options = options
  }

  /** The worker's wait is over, and the statement perhaps not yet. */
  add(workerId: string, { isOver }: { isOver: boolean }): void {
    this.#left.set(workerId, isOver)
    if (isOver) this.clear().catch(this.#options.onError)
  }

  /** The statement is over, and had no answer. */
  confirm(workerId: string): void {
    if (this.#left.has(workerId)) this.add(workerId, { isOver: true })
  }

  /** The worker asks again, and its doubt is that of the new wait, or the statement has had its answer. */
  remove(workerId: string): boolean {
    return this.#left.delete(workerId)
  }

  /** Takes back what was claimed by statements that are over; repeated until the database answers. */
  async clear(): Promise<void> {
    const asked = [...this.#left].filter(([, isOver]) => isOver).map(([workerId]) => workerId)
    if (asked.length === 0) return
    const jobs = await this.#options.recall(asked)
    const left = jobs.filter(job => this.#left.has(job.workerId))
    if (left.length > 0) await this.#options.release(left)
    for (const workerId of asked) this.#left.delete(workerId)
  }
}
