import { type TransitionTable, transitionGuard } from './transitions.ts'

export const TASK_STATUSES = ['TO_DO', 'IN_PROGRESS', 'REVIEW', 'DONE', 'FAILED', 'EXCLUDED'] as const
export type TaskStatus = (typeof TASK_STATUSES)[number]
export const STORY_STATUSES = ['OPEN', 'IN_SPRINT', 'DONE', 'FAILED'] as const
export type StoryStatus = (typeof STORY_STATUSES)[number]
export const PBI_STATUSES = ['READY', 'BLOCKED', 'DONE', 'FAILED'] as const
export type PbiStatus = (typeof PBI_STATUSES)[number]
export const SPRINT_STATUSES = ['OPEN', 'CLOSED', 'FAILED', 'ARCHIVED'] as const
export type SprintStatus = (typeof SPRINT_STATUSES)[number]

const NEXT_TASK = {
  TO_DO: ['IN_PROGRESS', 'DONE', 'FAILED', 'EXCLUDED'],
  IN_PROGRESS: ['TO_DO', 'REVIEW', 'DONE', 'FAILED', 'EXCLUDED'],
  REVIEW: ['TO_DO', 'DONE', 'FAILED', 'EXCLUDED'],
  DONE: ['TO_DO'],
  FAILED: ['TO_DO', 'IN_PROGRESS', 'DONE', 'EXCLUDED'],
  EXCLUDED: ['TO_DO'],
} as const satisfies TransitionTable<TaskStatus>

const NEXT_STORY = {
  OPEN: ['IN_SPRINT', 'DONE', 'FAILED'],
  IN_SPRINT: ['OPEN', 'DONE', 'FAILED'],
  DONE: ['OPEN', 'IN_SPRINT', 'FAILED'],
  FAILED: ['OPEN', 'IN_SPRINT', 'DONE'],
} as const satisfies TransitionTable<StoryStatus>

const NEXT_PBI = {
  READY: ['BLOCKED', 'DONE', 'FAILED'],
  BLOCKED: ['READY'],
  DONE: ['READY', 'FAILED'],
  FAILED: ['READY', 'DONE'],
} as const satisfies TransitionTable<PbiStatus>

const NEXT_SPRINT = {
  OPEN: ['CLOSED', 'FAILED', 'ARCHIVED'],
  CLOSED: ['OPEN', 'ARCHIVED'],
  FAILED: ['OPEN', 'ARCHIVED'],
  ARCHIVED: [],
} as const satisfies TransitionTable<SprintStatus>

/** Each throws INVALID_TRANSITION unless its thing may go from one status to the other. */
export const assertTaskCanMove = transitionGuard<TaskStatus>('task', NEXT_TASK)
export const assertStoryCanMove = transitionGuard<StoryStatus>('story', NEXT_STORY)
export const assertPbiCanMove = transitionGuard<PbiStatus>('PBI', NEXT_PBI)
export const assertSprintCanMove = transitionGuard<SprintStatus>('sprint', NEXT_SPRINT)

/** Whether a task is as somebody has decided, so that the end of work on it does not move it; work on it begins no more. */
export function isDecided(status: TaskStatus): boolean {
  return status === 'REVIEW' || status === 'DONE' || status === 'EXCLUDED'
}
