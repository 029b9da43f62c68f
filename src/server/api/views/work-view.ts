import type { z } from 'zod'
import type { Offer, TakenOver as TakenOverWire, TaskContext } from '../../../contract/work.ts'
import type { AgentSettings } from '../../../domain/agent-settings.ts'
import { AppError } from '../../../errors.ts'
import type { Attached } from '../../flows/attach-worktree.ts'
import type { TakenOver } from '../../flows/take-over-job.ts'
import type { Work } from '../../store/jobs/read-work.ts'
import { iso, lower } from './words.ts'

/** A claim as its host sees it before there is a worktree. */
export function offerView({ job, product, task }: Work): Offer {
  return {
    job_id: job.id,
    kind: job.kind,
    claim_token: present(job.claimToken),
    attempt: job.claimNo,
    lease_until: iso(present(job.leaseUntil)),
    product: { id: product.id, name: product.name, repo_url: product.repoUrl },
    task_repo_url: task.repoUrl,
    branch: present(job.branch),
    base_sha: job.baseSha,
    head_sha: job.headSha,
  }
}

/** Everything that an agent must know of its task, but for what its host prepares. */
export function taskContextView({ work, earlierAttempts }: Attached, heartbeatSeconds: number): TaskContext {
  const { job, product, task, story, pbi, sprint } = work
  return {
    job_id: job.id,
    kind: job.kind,
    status: 'claimed',
    attempt: job.claimNo,
    claim_token: present(job.claimToken),
    lease_until: iso(present(job.leaseUntil)),
    heartbeat_interval_seconds: heartbeatSeconds,
    config: configView(present(job.config)),
    product: {
      id: product.id,
      name: product.name,
      repo_url: product.repoUrl,
      definition_of_done: product.definitionOfDone,
    },
    repo_url: task.repoUrl ?? product.repoUrl,
    previous_attempts: earlierAttempts.map(attempt => ({
      claim_no: attempt.claimNo,
      error: attempt.error,
      summary: attempt.summary,
      rescue_ref: attempt.rescueRef,
    })),
    feedback: null,
    task: {
      id: task.id,
      code: task.code,
      title: task.title,
      description: task.description,
      implementation_plan: job.planSnapshot,
      priority: task.priority,
      repo_url: task.repoUrl,
      verify_required: lower(task.verifyRequired),
      verify_only: task.verifyOnly,
    },
    story: {
      id: story.id,
      code: story.code,
      title: story.title,
      description: story.description,
      acceptance_criteria: story.acceptanceCriteria,
    },
    pbi: { id: pbi.id, code: pbi.code, title: pbi.title, priority: pbi.priority, status: lower(pbi.status) },
    sprint: sprint && { id: sprint.id, goal: sprint.goal, sprint_goal: sprint.goal, status: lower(sprint.status) },
    branch_name: present(job.branch),
    branch_suggestion: present(job.branch),
    base_sha: present(job.baseSha),
  }
}

/** The same for a claim that was taken over, whose worktree stands already. */
export function takenOverView(taken: TakenOver, heartbeatSeconds: number): z.infer<typeof TakenOverWire> {
  return { ...taskContextView(taken, heartbeatSeconds), worktree_path: taken.worktreePath }
}

function configView(settings: AgentSettings): TaskContext['config'] {
  return {
    model: settings.model,
    thinking_budget: settings.thinkingBudget,
    effort: settings.effort,
    permission_mode: settings.permissionMode,
    max_turns: settings.maxTurns,
    allowed_tools: settings.allowedTools,
  }
}

/** A value that the database's constraints promise for a job in this state. */
function present<T>(value: T | null): T {
  if (value === null) throw new AppError('LEASE_LOST', 'The claim on this job has ended.')
  return value
}
