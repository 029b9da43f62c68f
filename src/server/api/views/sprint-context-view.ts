import type { ExecutionState, SprintContext } from '../../../contract/sprint-work.ts'
import type { Attached } from '../../flows/attach-worktree.ts'
import type { ExecutionRow } from '../../store/executions/executions.ts'
import { attachedView, present, sprintRefView } from './attached-view.ts'
import { lower } from './words.ts'

/** What an agent must know of a whole sprint: each PBI and story once, the executions in their frozen order. */
export function sprintContextView(attached: Attached, heartbeatSeconds: number): SprintContext {
  const { work, executions } = attached
  const run = present(work.run)
  return {
    ...attachedView(attached, heartbeatSeconds),
    kind: 'SPRINT_IMPLEMENTATION',
    repo_url: work.product.repoUrl,
    sprint: sprintRefView(present(work.sprint)),
    sprint_run: {
      id: run.id,
      pr_strategy: run.prStrategy,
      execution: run.execution,
      branch: run.branch,
      previous_run_id: run.previousRunId,
    },
    pbis: once(executions.map(({ pbi }) => pbi)).map(pbi => ({ ...itemView(pbi), status: lower(pbi.status) })),
    stories: once(executions.map(({ story }) => story)).map(story => ({
      ...itemView(story),
      pbi_id: story.pbiId,
      status: lower(story.status),
      description: story.description,
      acceptance_criteria: story.acceptanceCriteria,
    })),
    task_executions: executions.map(({ execution, task }) => ({
      ...executionStateView(execution),
      task_id: task.id,
      code: task.code,
      title: task.title,
      description: task.description,
      story_id: task.storyId,
      order: execution.order,
      plan_snapshot: execution.planSnapshot,
      verify_required: lower(execution.verifyRequiredSnapshot),
      verify_only: execution.verifyOnlySnapshot,
    })),
  }
}

export function executionStateView({ id, status, baseSha, headSha }: ExecutionRow): ExecutionState {
  return { execution_id: id, status: lower(status), base_sha: baseSha, head_sha: headSha }
}

function itemView(item: { id: string; code: string; title: string; priority: number; sortOrder: number }) {
  return { id: item.id, code: item.code, title: item.title, priority: item.priority, sort_order: item.sortOrder }
}

function once<T extends { id: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map(item => [item.id, item])).values()]
}
