import { cleanUp } from './clean-up.ts'
import type { Host } from './host.ts'
import type { HeldWork, Worker } from './worker.ts'

/**
 * Frees a worker of a job whose claim is over, and saves and removes what is left of it; once, whoever notices it.
 * Returns the rescue ref, if one was needed.
 */
export async function leaveWork(host: Host, worker: Worker, held: HeldWork): Promise<string | null> {
  held.letGo()
  if (worker.held !== held) return null
  worker.held = null
  worker.ended = held.hold
  await held.checks.stop()
  return cleanUp(host, worker, held)
}
