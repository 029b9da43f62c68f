import type { z } from 'zod'
import type {
  PbiView,
  ProductView,
  QueueState,
  SprintRunView,
  SprintView,
  StoryView,
  TaskView,
} from '../../../contract/backlog.ts'
import type { Pbi, Story, Task } from '../../store/backlog/insert-items.ts'
import type { Sprint } from '../../store/backlog/move-items.ts'
import type { QueueCount } from '../../store/jobs/count-queue.ts'
import type { Product } from '../../store/products/products.ts'
import type { readRun } from '../../store/runs/runs.ts'
import { iso, lower } from './words.ts'

export function productView(product: Product): z.infer<typeof ProductView> {
  return {
    id: product.id,
    name: product.name,
    repo_url: product.repoUrl,
    definition_of_done: product.definitionOfDone,
    preferred_model: product.preferredModel,
    thinking_budget_default: product.thinkingBudgetDefault,
    preferred_permission_mode: product.preferredPermissionMode,
    push_rescues: product.pushRescues,
    created_at: iso(product.createdAt),
    archived_at: iso(product.archivedAt),
  }
}

export function pbiView(pbi: Pbi): z.infer<typeof PbiView> {
  return { ...itemView(pbi), status: lower(pbi.status) }
}

export function storyView(story: Story): z.infer<typeof StoryView> {
  return { ...itemView(story), pbi_id: story.pbiId, sprint_id: story.sprintId, status: lower(story.status) }
}

export function taskView(task: Task): z.infer<typeof TaskView> {
  return { ...itemView(task), story_id: task.storyId, status: lower(task.status) }
}

function itemView(item: Pbi | Story | Task) {
  return { id: item.id, product_id: item.productId, code: item.code, title: item.title, priority: item.priority }
}

export function sprintView(sprint: Sprint, storyIds: string[]): z.infer<typeof SprintView> {
  return {
    id: sprint.id,
    product_id: sprint.productId,
    code: sprint.code,
    goal: sprint.goal,
    status: lower(sprint.status),
    story_ids: storyIds,
  }
}

export function sprintRunView({
  run,
  sprint,
  jobs,
  executions,
}: NonNullable<Awaited<ReturnType<typeof readRun>>>): z.infer<typeof SprintRunView> {
  return {
    id: run.id,
    sprint: { id: sprint.id, code: sprint.code, goal: sprint.goal, status: lower(sprint.status) },
    product_id: run.productId,
    status: lower(run.status),
    pr_strategy: run.prStrategy,
    execution: run.execution,
    branch: run.branch,
    previous_run_id: run.previousRunId,
    pause_reason: run.pauseReason,
    created_at: iso(run.createdAt),
    started_at: iso(run.startedAt),
    finished_at: iso(run.finishedAt),
    jobs: jobs.map(({ job, taskCode, taskTitle, taskStatus }) => ({
      job_id: job.id,
      sequence: job.sequence,
      status: lower(job.status),
      branch: job.branch,
      task: taskStatus && { code: taskCode ?? '', title: taskTitle ?? '', status: lower(taskStatus) },
      error: job.error,
    })),
    task_executions: executions.map(({ execution, code, title }) => ({
      execution_id: execution.id,
      order: execution.order,
      task: { code, title },
      status: lower(execution.status),
      verify_result: execution.verifyResult && lower(execution.verifyResult),
      head_sha: execution.headSha,
      reason: execution.skipReason ?? execution.error,
    })),
  }
}

export function queueView(counts: QueueCount[]): z.infer<typeof QueueState> {
  return {
    empty: counts.every(count => count.claimable === 0),
    products: counts.map(count => ({
      product_id: count.productId,
      claimable: count.claimable,
      active: count.active,
      blocked: count.blocked,
    })),
  }
}
