import type { Caller } from '../../domain/permissions.ts'
import { currentExecution, lastKnownHead } from '../../domain/sprint-gate.ts'
import { isRunWorkable } from '../../domain/sprint-run-lifecycle.ts'
import { AppError } from '../../errors.ts'
import { patchJob } from '../store/jobs/move-job.ts'
import { leaseOfAtLeast } from '../store/jobs/renew-lease.ts'
import { CLOCK } from '../store/schema/columns.ts'
import { leaseSecondsFor } from './lease-seconds.ts'
import { type ExecutionHold, type LockedExecution, lockExecution } from './lock-execution.ts'
import { changeExecution, UNTOUCHED } from './move-execution.ts'
import { type Progress, progressOf } from './progress.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

/**
 * Begins one task of a sprint: the first that is neither done nor skipped, and no other. A run that was paused or has
 * ended begins no further one. Repeating it changes nothing.
 */
export async function startExecution(
  server: Server,
  caller: Caller,
  hold: ExecutionHold,
  silentSeconds: number | null,
): Promise<Progress> {
  return transact(server, async tx => {
    const locked = await lockExecution(tx, caller, hold)
    const { job, execution } = locked
    if (execution.status !== 'RUNNING') {
      assertTurn(locked)
      const baseSha = execution.baseSha ?? lastKnownHead(locked.executions, job.baseSha)
      await changeExecution(tx, job, execution, 'RUNNING', { ...UNTOUCHED, baseSha, startedAt: CLOCK })
    }
    await patchJob(tx.client, job, {
      startedAt: job.startedAt ?? CLOCK,
      leaseUntil: leaseOfAtLeast(leaseSecondsFor(server, silentSeconds)),
    })
    return progressOf(tx, locked)
  })
}

function assertTurn({ run, executions, execution }: LockedExecution): void {
  const current = currentExecution(executions)
  if (current && current.id !== execution.id && execution.status === 'PENDING')
    throw new AppError(
      'INVALID_TRANSITION',
      `Task ${current.code} comes first; it is ${current.status.toLowerCase()}.`,
      {
        hint: `Go on with execution ${current.id}.`,
      },
    )
  if (isRunWorkable(run.status)) return
  const why = run.pauseReason ? `: ${run.pauseReason}` : ''
  throw new AppError('INVALID_TRANSITION', `The sprint run is ${run.status.toLowerCase()}${why}.`, {
    hint: 'Begin no further task: hand the job back with release_job, then call wait_for_job. What is finished stays so.',
  })
}
