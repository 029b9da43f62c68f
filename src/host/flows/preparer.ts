import type { Offer } from '../../contract/work.ts'
import type { Host } from './host.ts'
import type { HeldWork, Worker } from './worker.ts'

/** Makes a claimed job ready: everything up to the attach, whose answer it completes. */
export type Preparer = (
  host: Host,
  worker: Worker,
  offer: Offer,
  signal: AbortSignal,
) => Promise<Omit<HeldWork, 'letGo'>>
