import { assertJobCanMove } from '../../domain/job-lifecycle.ts'
import type { Caller } from '../../domain/permissions.ts'
import type { Job } from '../store/jobs/lock-job.ts'
import { cancelLocked } from './cancel-locked.ts'
import { lockReadable } from './lock-readable.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

/**
 * Cancels a job for a person, or leaves it cancelled; its holder's next call answers JOB_CANCELLED. One that has ended
 * otherwise is an INVALID_TRANSITION.
 */
export async function cancelJob(server: Server, caller: Caller, jobId: string): Promise<Job> {
  return transact(server, async tx => {
    const locked = await lockReadable(tx, caller, jobId)
    if (locked.job.status === 'CANCELLED') return locked.job
    assertJobCanMove(locked.job.status, 'CANCELLED')
    return cancelLocked(tx, locked, 'Cancelled by a person.')
  })
}
