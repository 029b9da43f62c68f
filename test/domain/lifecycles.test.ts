import { describe, expect, test } from 'vitest'
import {
  assertPbiCanMove,
  assertSprintCanMove,
  assertStoryCanMove,
  assertTaskCanMove,
  PBI_STATUSES,
  SPRINT_STATUSES,
  STORY_STATUSES,
  TASK_STATUSES,
} from '../../src/domain/backlog-lifecycle.ts'
import { assertJobCanMove, isHeld, JOB_STATUSES, LIVE_JOB_STATUSES } from '../../src/domain/job-lifecycle.ts'
import {
  assertRunCanMove,
  isRunEnded,
  isRunWorkable,
  LIVE_RUN_STATUSES,
  runOutcome,
  SPRINT_RUN_STATUSES,
} from '../../src/domain/sprint-run-lifecycle.ts'

describe('the transition tables', () => {
  test('a job', () => {
    expect(movesOf(JOB_STATUSES, assertJobCanMove)).toEqual([
      'QUEUED → CLAIMED FAILED CANCELLED',
      'CLAIMED → QUEUED RUNNING DONE FAILED SKIPPED CANCELLED',
      'RUNNING → QUEUED DONE FAILED SKIPPED CANCELLED',
      'DONE →',
      'FAILED → QUEUED',
      'SKIPPED →',
      'CANCELLED → QUEUED',
    ])
  })

  test('a task', () => {
    expect(movesOf(TASK_STATUSES, assertTaskCanMove)).toEqual([
      'TO_DO → IN_PROGRESS DONE FAILED EXCLUDED',
      'IN_PROGRESS → TO_DO REVIEW DONE FAILED EXCLUDED',
      'REVIEW → TO_DO DONE FAILED EXCLUDED',
      'DONE → TO_DO',
      'FAILED → TO_DO IN_PROGRESS DONE EXCLUDED',
      'EXCLUDED → TO_DO',
    ])
  })

  test('a story may become whatever its tasks make of it', () => {
    expect(movesOf(STORY_STATUSES, assertStoryCanMove)).toEqual([
      'OPEN → IN_SPRINT DONE FAILED',
      'IN_SPRINT → OPEN DONE FAILED',
      'DONE → OPEN IN_SPRINT FAILED',
      'FAILED → OPEN IN_SPRINT DONE',
    ])
  })

  test('a PBI', () => {
    expect(movesOf(PBI_STATUSES, assertPbiCanMove)).toEqual([
      'READY → BLOCKED DONE FAILED',
      'BLOCKED → READY',
      'DONE → READY FAILED',
      'FAILED → READY DONE',
    ])
  })

  test('a sprint', () => {
    expect(movesOf(SPRINT_STATUSES, assertSprintCanMove)).toEqual([
      'OPEN → CLOSED FAILED ARCHIVED',
      'CLOSED → OPEN ARCHIVED',
      'FAILED → OPEN ARCHIVED',
      'ARCHIVED →',
    ])
  })

  test('a sprint run', () => {
    expect(movesOf(SPRINT_RUN_STATUSES, assertRunCanMove)).toEqual([
      'QUEUED → RUNNING PAUSED DONE FAILED CANCELLED',
      'RUNNING → PAUSED DONE FAILED CANCELLED',
      'PAUSED → QUEUED RUNNING DONE FAILED CANCELLED',
      'DONE →',
      'FAILED →',
      'CANCELLED →',
    ])
  })

  test('a refusal says what would be allowed', () => {
    expect(() => assertJobCanMove('QUEUED', 'DONE')).toThrow(
      'A job that is queued cannot become done; it can become claimed, cancelled, failed.',
    )
    expect(() => assertRunCanMove('DONE', 'QUEUED')).toThrow(
      'A sprint run that is done cannot become queued; it can become nothing: this status is final.',
    )
  })
})

describe('a sprint run', () => {
  test('goes on while one of its jobs is live', () => {
    for (const status of LIVE_JOB_STATUSES) expect(runOutcome(['DONE', 'FAILED', status])).toBeNull()
  })

  test('is done when every job is done or skipped, and failed otherwise', () => {
    expect(runOutcome(['DONE', 'DONE'])).toBe('DONE')
    expect(runOutcome(['DONE', 'SKIPPED'])).toBe('DONE')
    expect(runOutcome(['SKIPPED'])).toBe('DONE')
    expect(runOutcome(['DONE', 'FAILED'])).toBe('FAILED')
    expect(runOutcome(['DONE', 'CANCELLED'])).toBe('FAILED')
  })

  test('is worked on while it is queued or running, and ended when it is not live', () => {
    expect(SPRINT_RUN_STATUSES.filter(isRunWorkable)).toEqual(['QUEUED', 'RUNNING'])
    const live: readonly string[] = LIVE_RUN_STATUSES
    expect(SPRINT_RUN_STATUSES.filter(isRunEnded)).toEqual(SPRINT_RUN_STATUSES.filter(status => !live.includes(status)))
  })
})

test('a job is held while it is claimed or running', () => {
  expect(JOB_STATUSES.filter(isHeld)).toEqual(['CLAIMED', 'RUNNING'])
})

/** One line per status with all that may follow it; every other pair must be refused with INVALID_TRANSITION. */
function movesOf<Status extends string>(statuses: readonly Status[], assertMove: (from: Status, to: Status) => void) {
  const allowed = (from: Status, to: Status) => {
    try {
      assertMove(from, to)
      return true
    } catch (error) {
      expect(error).toMatchObject({ code: 'INVALID_TRANSITION' })
      return false
    }
  }
  return statuses.map(from => [from, '→', ...statuses.filter(to => allowed(from, to))].join(' '))
}
