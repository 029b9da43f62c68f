import { isHeldElsewhere } from './api-error.ts'
import { cleanUp } from './clean-up.ts'
import type { Host } from './host.ts'
import type { HeldWork, Worker } from './worker.ts'

/**
 * Frees a worker of a job whose claim is over, and saves and removes what is left of it; once, whoever notices it. What
 * another worker has taken over stays as it is, because that one is at work there; `cause` tells. Returns the rescue ref,
 * if one was needed.
 */
export async function leaveWork(
  host: Host,
  worker: Worker,
  held: HeldWork,
  cause: unknown = null,
): Promise<string | null> {
  void held.letGo()
  if (worker.held !== held) return null
  worker.held = null
  const isTaken = cause !== null && isHeldElsewhere(cause)
  if (!isTaken) worker.ended = held.hold
  await held.checks.stop()
  return isTaken ? null : cleanUp(host, worker, held)
}
