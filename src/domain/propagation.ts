import type { PbiStatus, SprintStatus, StoryStatus, TaskStatus } from './backlog-lifecycle.ts'

/** A story's status from its tasks: one FAILED fails it; all that are not EXCLUDED DONE, one at least, finish it. */
export function storyStatusFrom(tasks: readonly TaskStatus[], inSprint: boolean): StoryStatus {
  if (tasks.includes('FAILED')) return 'FAILED'
  const counted = tasks.filter(status => status !== 'EXCLUDED')
  if (counted.length > 0 && counted.every(status => status === 'DONE')) return 'DONE'
  return inSprint ? 'IN_SPRINT' : 'OPEN'
}

/** A PBI's status from its stories; BLOCKED is a person's word and stays. */
export function pbiStatusFrom(present: PbiStatus, stories: readonly StoryStatus[]): PbiStatus {
  if (present === 'BLOCKED') return present
  if (stories.includes('FAILED')) return 'FAILED'
  return stories.length > 0 && stories.every(status => status === 'DONE') ? 'DONE' : 'READY'
}

/** A sprint's status after one of its runs ended: CLOSED only if all its stories are DONE; a person's word stays. */
export function sprintStatusAfterRun(
  present: SprintStatus,
  outcome: 'DONE' | 'FAILED',
  stories: readonly StoryStatus[],
): SprintStatus {
  if (present !== 'OPEN') return present
  if (outcome === 'FAILED') return 'FAILED'
  return stories.every(status => status === 'DONE') ? 'CLOSED' : present
}
