import { AppError } from '../../errors.ts'
import { findBatchOf } from '../store/executions/batch-of-task.ts'
import type { Tx } from './transact.ts'

/** A run that works through a whole sprint does its tasks itself: CONFLICT for a locked task that is, or will be, in one. */
export async function assertNoBatch(tx: Tx, task: { id: string; code: string }): Promise<void> {
  const batch = await findBatchOf(tx.client, task.id)
  if (!batch) return
  throw new AppError(
    'CONFLICT',
    `Task ${task.code} is part of sprint run ${batch.runId}, whose job ${batch.jobId} does it.`,
    {
      hint: 'Wait for its end, or have a person cancel the run first: `scrum4me run cancel`.',
    },
  )
}
