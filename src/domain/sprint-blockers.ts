import type { PbiStatus, SprintStatus } from './backlog-lifecycle.ts'

export interface ScopeEntry {
  task: { code: string; implementationPlan: string | null }
  pbi: { code: string; status: PbiStatus }
  hasLiveJob: boolean
}

/** Everything that keeps a sprint from being run, in sentences; empty when nothing does. */
export function sprintBlockers(sprint: { code: string; status: SprintStatus }, scope: readonly ScopeEntry[]): string[] {
  const blockers: string[] = []
  if (sprint.status === 'FAILED')
    blockers.push('The sprint has failed: name its last run as previous_run_id to go on with it.')
  else if (sprint.status !== 'OPEN') blockers.push(`The sprint is ${sprint.status.toLowerCase()}.`)
  if (scope.length === 0) blockers.push('Nothing is to do: no story in it has a task that is todo.')
  for (const { task, hasLiveJob } of scope) {
    if (!task.implementationPlan?.trim()) blockers.push(`Task ${task.code} has no implementation plan.`)
    if (hasLiveJob) blockers.push(`Task ${task.code} is with an agent already.`)
  }
  const blocked = scope.filter(({ pbi }) => pbi.status === 'BLOCKED').map(({ pbi }) => pbi.code)
  for (const code of new Set(blocked)) blockers.push(`PBI ${code} is blocked.`)
  return blockers
}
