import type { JobStatus } from './job-lifecycle.ts'
import { type TransitionTable, transitionGuard } from './transitions.ts'

export const SPRINT_RUN_STATUSES = ['QUEUED', 'RUNNING', 'PAUSED', 'DONE', 'FAILED', 'CANCELLED'] as const
export type SprintRunStatus = (typeof SPRINT_RUN_STATUSES)[number]
/** Where a run's branches are cut: SPRINT is one branch for the whole run, STORY one for each story. */
export const PR_STRATEGIES = ['SPRINT', 'STORY'] as const
export type PrStrategy = (typeof PR_STRATEGIES)[number]
/** How a run is worked through: PER_TASK is one job per task, BATCH one job for all tasks in order. */
export const RUN_EXECUTIONS = ['PER_TASK', 'BATCH'] as const
export type RunExecution = (typeof RUN_EXECUTIONS)[number]

/** Statuses of a run that has not ended; at most one such run exists per sprint. */
export const LIVE_RUN_STATUSES = ['QUEUED', 'RUNNING', 'PAUSED'] as const satisfies readonly SprintRunStatus[]

const NEXT = {
  QUEUED: ['RUNNING', 'PAUSED', 'DONE', 'FAILED', 'CANCELLED'],
  RUNNING: ['PAUSED', 'DONE', 'FAILED', 'CANCELLED'],
  PAUSED: ['QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED'],
  DONE: [],
  FAILED: [],
  CANCELLED: [],
} as const satisfies TransitionTable<SprintRunStatus>

/** Throws INVALID_TRANSITION unless a run may go from one status to the other. */
export const assertRunCanMove = transitionGuard<SprintRunStatus>('sprint run', NEXT)

/** Whether jobs of a run with this status may be claimed and attached. */
export function isRunWorkable(status: SprintRunStatus): boolean {
  return status === 'QUEUED' || status === 'RUNNING'
}

/** Whether a run with this status has ended. */
export function isRunEnded(status: SprintRunStatus): boolean {
  return status === 'DONE' || status === 'FAILED' || status === 'CANCELLED'
}

/** What a run without live jobs ends as: DONE if every job is DONE or SKIPPED, else FAILED; null while one is live. */
export function runOutcome(jobs: readonly JobStatus[]): 'DONE' | 'FAILED' | null {
  if (jobs.some(status => status === 'QUEUED' || status === 'CLAIMED' || status === 'RUNNING')) return null
  return jobs.every(status => status === 'DONE' || status === 'SKIPPED') ? 'DONE' : 'FAILED'
}
