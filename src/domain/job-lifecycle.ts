import { type TransitionTable, transitionGuard } from './transitions.ts'

export const JOB_STATUSES = ['QUEUED', 'CLAIMED', 'RUNNING', 'DONE', 'FAILED', 'SKIPPED', 'CANCELLED'] as const
export type JobStatus = (typeof JOB_STATUSES)[number]

/** Statuses of a job that still has work ahead; at most one such job exists per task. */
export const LIVE_JOB_STATUSES = ['QUEUED', 'CLAIMED', 'RUNNING'] as const satisfies readonly JobStatus[]
/** Statuses under which a worker holds the job and its lane. */
export const HELD_JOB_STATUSES = ['CLAIMED', 'RUNNING'] as const satisfies readonly JobStatus[]

const NEXT = {
  QUEUED: ['CLAIMED', 'CANCELLED', 'FAILED'],
  CLAIMED: ['RUNNING', 'QUEUED', 'DONE', 'FAILED', 'SKIPPED', 'CANCELLED'],
  RUNNING: ['QUEUED', 'DONE', 'FAILED', 'SKIPPED', 'CANCELLED'],
  DONE: [],
  FAILED: ['QUEUED'],
  SKIPPED: [],
  CANCELLED: ['QUEUED'],
} as const satisfies TransitionTable<JobStatus>

/** Throws INVALID_TRANSITION unless a job may go from one status to the other. */
export const assertJobCanMove = transitionGuard<JobStatus>('job', NEXT)

/** Whether a worker holds a job of this status. */
export function isHeld(status: JobStatus): boolean {
  return status === 'CLAIMED' || status === 'RUNNING'
}
