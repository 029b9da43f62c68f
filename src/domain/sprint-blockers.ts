import type { PbiStatus, SprintStatus } from './backlog-lifecycle.ts'
import type { RunExecution } from './sprint-run-lifecycle.ts'

export interface ScopeEntry {
  task: { code: string; implementationPlan: string | null }
  pbi: { code: string; status: PbiStatus }
  hasLiveJob: boolean
  /** Whether it is another repository than the product's, which one worktree cannot hold. */
  isElsewhere: boolean
}

/** Everything that keeps a sprint from being run, in sentences; empty when nothing does. */
export function sprintBlockers(
  sprint: { code: string; status: SprintStatus },
  scope: readonly ScopeEntry[],
  execution: RunExecution,
): string[] {
  const blockers: string[] = []
  if (sprint.status === 'FAILED')
    blockers.push('The sprint has failed: name its last run as previous_run_id to go on with it.')
  else if (sprint.status !== 'OPEN') blockers.push(`The sprint is ${sprint.status.toLowerCase()}.`)
  if (scope.length === 0) blockers.push('Nothing is to do: no story in it has a task that is todo.')
  for (const entry of scope) blockers.push(...taskBlockers(entry, execution))
  const blocked = scope.filter(({ pbi }) => pbi.status === 'BLOCKED').map(({ pbi }) => pbi.code)
  for (const code of new Set(blocked)) blockers.push(`PBI ${code} is blocked.`)
  return blockers
}

/** Whether a run may begin with this task. */
export function isRunnable(entry: ScopeEntry, execution: RunExecution): boolean {
  return entry.pbi.status !== 'BLOCKED' && taskBlockers(entry, execution).length === 0
}

function taskBlockers({ task, hasLiveJob, isElsewhere }: ScopeEntry, execution: RunExecution): string[] {
  const blockers: string[] = []
  if (!task.implementationPlan?.trim()) blockers.push(`Task ${task.code} has no implementation plan.`)
  if (hasLiveJob) blockers.push(`Task ${task.code} is with an agent already.`)
  if (execution === 'BATCH' && isElsewhere)
    blockers.push(`Task ${task.code} is for another repository than the product's: start the run PER_TASK.`)
  return blockers
}
