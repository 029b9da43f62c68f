import { type TransitionTable, transitionGuard } from './transitions.ts'

/** How one task of a sprint stands that an agent works through as a whole. */
export const EXECUTION_STATUSES = ['PENDING', 'RUNNING', 'DONE', 'FAILED', 'SKIPPED'] as const
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number]
/** Statuses under which the task is this run's and nobody else's. */
export const LIVE_EXECUTION_STATUSES = ['PENDING', 'RUNNING'] as const satisfies readonly ExecutionStatus[]

/**
 * An interrupted or failed one starts over with the next attempt at its job, unless a person has decided about its task;
 * a finished one stays as it is.
 */
const NEXT = {
  PENDING: ['RUNNING', 'SKIPPED'],
  RUNNING: ['PENDING', 'DONE', 'FAILED', 'SKIPPED'],
  FAILED: ['PENDING', 'RUNNING', 'SKIPPED'],
  DONE: [],
  SKIPPED: [],
} as const satisfies TransitionTable<ExecutionStatus>

/** Throws INVALID_TRANSITION unless an execution may go from one status to the other. */
export const assertExecutionCanMove = transitionGuard<ExecutionStatus>('task execution', NEXT)
