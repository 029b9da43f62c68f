import type { z } from 'zod'
import type { AttachedWork, SprintRef } from '../../../contract/work.ts'
import type { AgentSettings } from '../../../domain/agent-settings.ts'
import { AppError } from '../../../errors.ts'
import type { Attached } from '../../flows/attach-worktree.ts'
import type { Sprint } from '../../store/backlog/move-items.ts'
import { iso, lower } from './words.ts'

/** What every kind of work has, but for the repository, which the kind knows. */
export function attachedView(
  { work: { job, product }, earlierAttempts }: Attached,
  heartbeatSeconds: number,
): Omit<z.infer<typeof AttachedWork>, 'repo_url'> {
  return {
    job_id: job.id,
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
    previous_attempts: earlierAttempts.map(({ attempt, hostName }) => ({
      claim_no: attempt.claimNo,
      error: attempt.error,
      summary: attempt.summary,
      rescue_ref: attempt.rescueRef,
      on_origin: attempt.rescuePushedAt !== null,
      host: hostName,
    })),
    feedback: null,
    branch_name: present(job.branch),
    base_sha: present(job.baseSha),
  }
}

export function sprintRefView({ id, goal, status }: Sprint): z.infer<typeof SprintRef> {
  return { id, goal, sprint_goal: goal, status: lower(status) }
}

/** A value that the database's constraints promise for a job in this state. */
export function present<T>(value: T | null): T {
  if (value === null) throw new AppError('LEASE_LOST', 'The claim on this job has ended.')
  return value
}

function configView(settings: AgentSettings): z.infer<typeof AttachedWork>['config'] {
  return {
    model: settings.model,
    thinking_budget: settings.thinkingBudget,
    effort: settings.effort,
    permission_mode: settings.permissionMode,
    max_turns: settings.maxTurns,
    allowed_tools: settings.allowedTools,
  }
}
