import { describe, expect, test } from 'vitest'
import { EXECUTION_STATUSES } from '../../src/domain/execution-lifecycle.ts'
import { currentExecution, type ExecutionState, lastKnownHead, sprintGate } from '../../src/domain/sprint-gate.ts'

const [START, ONE, TWO] = ['0'.repeat(40), '1'.repeat(40), '2'.repeat(40)]
const DONE: ExecutionState = { code: 'T-1', status: 'DONE', headSha: ONE, skipReason: null }
const SKIPPED: ExecutionState = { code: 'T-2', status: 'SKIPPED', headSha: null, skipReason: 'It is so already.' }
const PENDING: ExecutionState = { code: 'T-3', status: 'PENDING', headSha: null, skipReason: null }

describe('the head that a sprint has come to', () => {
  test('is the last finished task’s, else where it started', () => {
    expect(lastKnownHead([DONE, { ...DONE, headSha: TWO }, SKIPPED, PENDING], START)).toBe(TWO)
    expect(lastKnownHead([SKIPPED, PENDING], START)).toBe(START)
  })
})

describe('the task that comes next', () => {
  test('is the first that is neither done nor skipped', () => {
    expect(currentExecution([DONE, SKIPPED, PENDING, { ...PENDING, code: 'T-4' }])).toBe(PENDING)
    expect(currentExecution([DONE, SKIPPED])).toBeNull()
  })
})

describe('the gate of a sprint', () => {
  test('lets it pass at the last finished task’s commit', () => {
    expect(sprintGate([DONE, SKIPPED], START, ONE)).toEqual([])
    expect(sprintGate([SKIPPED], START, START)).toEqual([])
  })

  test('lists every task that is open, and every skip without a reason', () => {
    const open = EXECUTION_STATUSES.map(status => ({ ...PENDING, code: status, status, headSha: ONE }))
    expect(sprintGate(open, START, ONE)).toEqual([
      'Task PENDING is pending.',
      'Task RUNNING is running.',
      'Task FAILED is failed.',
      'Task SKIPPED was skipped without a reason.',
    ])
  })

  test('refuses commits that belong to no task', () => {
    expect(sprintGate([DONE, SKIPPED], START, TWO)).toEqual([expect.stringContaining('belong to none')])
  })
})
