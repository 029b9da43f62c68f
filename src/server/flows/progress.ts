import { type Execution, lockExecutions } from '../store/executions/executions.ts'
import type { SprintRun } from '../store/jobs/lock-job.ts'
import type { LockedExecution } from './lock-execution.ts'
import type { Tx } from './transact.ts'

/** How a sprint's job stands: its executions in order, and whether its run goes on. */
export interface Progress {
  executions: Execution[]
  run: SprintRun
}

/** The progress after what this transaction has changed. */
export async function progressOf(tx: Tx, { job, run }: LockedExecution): Promise<Progress> {
  return { executions: await lockExecutions(tx.client, job.id), run }
}
