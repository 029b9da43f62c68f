import type { SprintWorkOrder } from '../../contract/work-order.ts'
import { AppError } from '../../errors.ts'
import { fromApi, isClaimOver } from './api-error.ts'
import type { Host } from './host.ts'
import { leaveWork } from './leave-work.ts'
import type { HeldWork, Worker } from './worker.ts'

/** A held job that is a sprint's. */
export type HeldSprint = HeldWork & { order: SprintWorkOrder }
export type HeldExecution = SprintWorkOrder['task_executions'][number]
type Progress = Awaited<ReturnType<Host['api']['executions']['start']>>

/** The execution of a held sprint; what is none of its executions is an error, and the claim goes on. */
export function executionOf(held: HeldWork, executionId: string): { sprint: HeldSprint; execution: HeldExecution } {
  const execution = isSprint(held)
    ? held.order.task_executions.find(({ execution_id }) => execution_id === executionId)
    : undefined
  if (isSprint(held) && execution) return { sprint: held, execution }
  throw new AppError('NOT_FOUND', `Job ${held.hold.job_id} has no execution ${executionId}.`, {
    hint: 'Name one of task_executions, as wait_for_job answered with them; a single task has none.',
  })
}

function isSprint(held: HeldWork): held is HeldSprint {
  return held.order.kind === 'SPRINT_IMPLEMENTATION'
}

/** Keeps what the server says of the executions with the held job. */
export function keepProgress(held: HeldSprint, { executions }: Pick<Progress, 'executions'>): void {
  const states = new Map(executions.map(state => [state.execution_id, state]))
  const task_executions = held.order.task_executions.map(one => ({ ...one, ...states.get(one.execution_id) }))
  held.order = { ...held.order, task_executions }
}

/** Runs a call about a held sprint; when its claim turns out to be over, the work is saved and the worker is free. */
export async function whileClaimed<T>(host: Host, worker: Worker, held: HeldWork, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    const cause = fromApi(error)
    // PUSH_FAILED has settled the job as failed already.
    if (isClaimOver(cause) || cause.code === 'PUSH_FAILED') await leaveWork(host, worker, held, cause)
    throw cause
  }
}
