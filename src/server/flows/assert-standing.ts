import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { hasLostStanding } from '../store/jobs/standing.ts'
import { finishJob } from './finish-job.ts'
import { type Hold, lockHeld } from './hold.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

/**
 * Cancels a claim whose holder may no longer have it, because the user left the product or the product was archived:
 * PERMISSION_DENIED, upon which the host rescues the work. Stands before every call of a claim holder.
 */
export async function assertStanding(server: Server, caller: Caller, hold: Hold): Promise<void> {
  if (!(await hasLostStanding(server.pool, caller, hold))) return
  const error = 'Its product was archived, or its user left the product.'
  await transact(server, async tx => finishJob(tx, await lockHeld(tx, caller, hold), 'CANCELLED', { error }))
  throw new AppError('PERMISSION_DENIED', `Job ${hold.jobId} was cancelled. ${error}`, {
    hint: 'Stop working on it and call wait_for_job; what you did is kept on a rescue ref.',
  })
}
