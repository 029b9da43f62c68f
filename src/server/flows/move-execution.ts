import type { TaskStatus } from '../../domain/backlog-lifecycle.ts'
import type { ExecutionStatus } from '../../domain/execution-lifecycle.ts'
import { shortSha } from '../../domain/job-events.ts'
import { currentExecution } from '../../domain/sprint-gate.ts'
import { wireWord } from '../../domain/wire-word.ts'
import { type Execution, type ExecutionPatch, moveExecution, patchExecution } from '../store/executions/executions.ts'
import type { Job } from '../store/jobs/lock-job.ts'
import { followWork, moveTaskAndParents } from './propagate.ts'
import type { Tx } from './transact.ts'

const TASK_OF: Record<ExecutionStatus, TaskStatus> = {
  PENDING: 'TO_DO',
  RUNNING: 'IN_PROGRESS',
  DONE: 'DONE',
  FAILED: 'FAILED',
  SKIPPED: 'TO_DO',
}

/** How a task of a sprint stands, in words. */
const STANDING: Record<ExecutionStatus, (execution: Execution) => string> = {
  PENDING: () => 'starts over.',
  RUNNING: ({ baseSha }) => `begun at ${shortSha(baseSha)}.`,
  DONE: ({ headSha }) => `done, ${shortSha(headSha)} is on origin.`,
  FAILED: ({ error }) => `failed. ${error ?? ''}`,
  SKIPPED: ({ skipReason }) => `skipped. ${skipReason ?? ''}`,
}

/** Nothing of an interrupted try passes for the next one. */
export const UNTOUCHED = {
  headSha: null,
  verifyResult: null,
  verifyReasoning: null,
  verifiedSha: null,
  verifySummary: null,
  checks: null,
  error: null,
  startedAt: null,
  finishedAt: null,
} as const

/** Gives a locked execution another status, with its event; its task, story and PBI follow. */
export async function changeExecution(
  tx: Tx,
  job: Job,
  execution: Execution,
  to: ExecutionStatus,
  patch: ExecutionPatch = {},
): Promise<Execution> {
  const moved = await moveExecution(tx.client, execution, to, patch)
  tx.changed({
    type: 'task_execution_status',
    userId: job.userId,
    productId: job.productId,
    jobId: job.id,
    taskId: execution.taskId,
    ...(job.sprintRunId && { sprintRunId: job.sprintRunId }),
    status: wireWord(to),
  })
  tx.tell(job, 'TASK', `${moved.code}: ${STANDING[to](moved)}`)
  if (to === 'RUNNING') await moveTaskAndParents(tx, job.userId, execution.taskId, TASK_OF[to])
  // A task that nobody began is as a person left it.
  else if (execution.status !== 'PENDING') await followWork(tx, job.userId, execution.taskId, TASK_OF[to])
  return moved
}

/** Writes down where the work on the next task starts; `anew` also where that was known before. */
export async function nameBase(
  tx: Tx,
  executions: readonly Execution[],
  head: string | null,
  { anew }: { anew: boolean },
): Promise<void> {
  const next = currentExecution(executions)
  if (next && head !== null && (anew || next.baseSha === null)) await patchExecution(tx.client, next, { baseSha: head })
}
