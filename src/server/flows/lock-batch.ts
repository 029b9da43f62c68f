import { findBatchOf } from '../store/executions/batch-of-task.ts'
import { type Execution, lockExecutions } from '../store/executions/executions.ts'
import { type Job, lockJob } from '../store/jobs/lock-job.ts'
import type { Tx } from './transact.ts'

/** Locks run, job and executions of the sprint's job that has a task before it; null when none has. */
export async function lockBatch(tx: Tx, taskId: string): Promise<{ job: Job; execution: Execution } | null> {
  const batch = await findBatchOf(tx.client, taskId)
  const locked = batch?.executionId ? await lockJob(tx.client, batch.jobId) : null
  if (!locked) return null
  const execution = (await lockExecutions(tx.client, locked.job.id)).find(one => one.taskId === taskId)
  const isLive = execution?.status === 'PENDING' || execution?.status === 'RUNNING'
  return isLive ? { job: locked.job, execution } : null
}
