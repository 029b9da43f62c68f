import type { ExecutionStatus } from './execution-lifecycle.ts'
import { wireWord } from './wire-word.ts'

/** As much of an execution as its sprint's rules look at; in their order. */
export interface ExecutionState {
  code: string
  status: ExecutionStatus
  headSha: string | null
  skipReason: string | null
}

/** The commit that the work has come to: of the last task that is done, else where the job started. */
export function lastKnownHead(executions: readonly ExecutionState[], start: string | null): string | null {
  return executions.findLast(({ status }) => status === 'DONE')?.headSha ?? start
}

/** The execution that is to be worked on now: the first that is neither done nor skipped. */
export function currentExecution<E extends ExecutionState>(executions: readonly E[]): E | null {
  return executions.find(({ status }) => status !== 'DONE' && status !== 'SKIPPED') ?? null
}

/** Everything that keeps a sprint's job from being done at `headSha`, in sentences; empty when nothing does. */
export function sprintGate(executions: readonly ExecutionState[], start: string | null, headSha: string): string[] {
  const blockers = executions.flatMap(({ code, status, skipReason }) => {
    if (status === 'DONE') return []
    if (status !== 'SKIPPED') return [`Task ${code} is ${wireWord(status)}.`]
    return skipReason?.trim() ? [] : [`Task ${code} was skipped without a reason.`]
  })
  if (blockers.length === 0 && headSha !== lastKnownHead(executions, start))
    blockers.push('The branch has commits beyond the last finished task, which belong to none.')
  return blockers
}
