import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { type Execution, lockExecutions } from '../store/executions/executions.ts'
import type { Job, SprintRun } from '../store/jobs/lock-job.ts'
import { type Hold, lockRunning } from './hold.ts'
import type { Tx } from './transact.ts'

/** A task of a sprint's job, as its holder names it. */
export interface ExecutionHold extends Hold {
  executionId: string
}
export interface LockedExecution {
  job: Job
  run: SprintRun
  executions: Execution[]
  execution: Execution
}

/** Locks run, job and executions for the job's holder; NOT_FOUND unless the execution is of that job. */
export async function lockExecution(tx: Tx, caller: Caller, hold: ExecutionHold): Promise<LockedExecution> {
  const { job, run } = await lockRunning(tx, caller, hold)
  const executions = await lockExecutions(tx.client, job.id)
  const execution = executions.find(({ id }) => id === hold.executionId)
  if (!execution || !run)
    throw new AppError('NOT_FOUND', `Job ${job.id} has no execution ${hold.executionId}.`, {
      hint: 'Name one of task_executions, as wait_for_job answered with them.',
    })
  if (job.headSha) throw new AppError('INVALID_TRANSITION', `The work of job ${job.id} is being delivered already.`)
  return { job, run, executions, execution }
}

/** The same for one that is being worked on. */
export async function lockRunningExecution(tx: Tx, caller: Caller, hold: ExecutionHold): Promise<LockedExecution> {
  const locked = await lockExecution(tx, caller, hold)
  assertRunning(locked.execution)
  return locked
}

/** Throws INVALID_TRANSITION unless the execution has been begun and has not ended. */
export function assertRunning({ code, status }: Execution): void {
  if (status === 'RUNNING') return
  throw new AppError('INVALID_TRANSITION', `Task ${code} is ${status.toLowerCase()}, not running.`, {
    hint: 'Begin it first: update_task_execution with status "running".',
  })
}
