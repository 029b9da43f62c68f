import { describe, expect, test } from 'vitest'
import type { SprintStatus } from '../../src/domain/backlog-lifecycle.ts'
import { type ScopeEntry, sprintBlockers } from '../../src/domain/sprint-blockers.ts'

const SPRINT: { code: string; status: SprintStatus } = { code: 'S-2026-11-23-1', status: 'OPEN' }
const FREE: ScopeEntry = {
  task: { code: 'T-1', implementationPlan: 'Change `a.ts`.' },
  pbi: { code: 'PBI-1', status: 'READY' },
  hasLiveJob: false,
  isElsewhere: false,
}

describe('what keeps a sprint from being run', () => {
  test('is nothing when every task has a plan, no job and a PBI that is not blocked', () => {
    expect(sprintBlockers(SPRINT, [FREE], 'PER_TASK')).toEqual([])
  })

  test('is listed all at once, a blocked PBI one time only', () => {
    const blocked = { code: 'PBI-2', status: 'BLOCKED' } as const
    const scope: ScopeEntry[] = [
      { ...FREE, hasLiveJob: true },
      { ...FREE, task: { code: 'T-2', implementationPlan: null }, pbi: blocked },
      { ...FREE, task: { code: 'T-3', implementationPlan: '  \n' }, pbi: blocked },
    ]
    expect(sprintBlockers({ ...SPRINT, status: 'CLOSED' }, scope, 'PER_TASK')).toEqual([
      'The sprint is closed.',
      'Task T-1 is with an agent already.',
      'Task T-2 has no implementation plan.',
      'Task T-3 has no implementation plan.',
      'PBI PBI-2 is blocked.',
    ])
  })

  test('is that nothing is to do', () => {
    expect(sprintBlockers(SPRINT, [], 'PER_TASK')).toEqual([expect.stringContaining('Nothing is to do')])
  })
})
