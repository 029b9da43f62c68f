import type { Caller } from '../../domain/permissions.ts'
import type { SprintRun } from '../store/jobs/lock-job.ts'
import { lockLiveJobs } from '../store/runs/lock-live-jobs.ts'
import { cancelLocked } from './cancel-locked.ts'
import { changeRun } from './end-run.ts'
import { lockReadableRun } from './lock-readable.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

/** Holds a run up: none of its jobs is claimed until it is resumed; what is at work already is told at its heartbeat. */
export async function pauseRun(server: Server, caller: Caller, runId: string, reason: string | null): Promise<void> {
  await transact(server, async tx => {
    const run = await lockReadableRun(tx, caller, runId)
    if (run.status !== 'PAUSED') await changeRun(tx, run, 'PAUSED', { pauseReason: reason })
  })
}

/** Lets a paused run go on. */
export async function resumeRun(server: Server, caller: Caller, runId: string): Promise<void> {
  await transact(server, async tx => {
    const run = await lockReadableRun(tx, caller, runId)
    const before = run.startedAt ? 'RUNNING' : 'QUEUED'
    if (run.status !== before) await changeRun(tx, run, before, { pauseReason: null })
  })
}

/**
 * Ends a run, and at once each of its jobs that has not passed deliver: the holder's next call answers JOB_CANCELLED,
 * and its host rescues the work.
 */
export async function cancelRun(server: Server, caller: Caller, runId: string): Promise<void> {
  await transact(server, async tx => {
    const run = await lockReadableRun(tx, caller, runId)
    if (run.status === 'CANCELLED') return
    await changeRun(tx, run, 'CANCELLED')
    const cancelled: SprintRun = { ...run, status: 'CANCELLED' }
    for (const job of await lockLiveJobs(tx.client, runId))
      await cancelLocked(tx, { job, run: cancelled }, 'Its sprint run was cancelled.')
  })
}
