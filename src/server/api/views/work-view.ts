import type { Offer } from '../../../contract/work.ts'
import type { TakenOver as TakenOverWire, WorkContext } from '../../../contract/work-order.ts'
import type { JobKind } from '../../../domain/job-kinds.ts'
import type { Attached } from '../../flows/attach-worktree.ts'
import type { TakenOver } from '../../flows/take-over-job.ts'
import type { Work } from '../../store/jobs/read-work.ts'
import { present } from './attached-view.ts'
import { sprintContextView } from './sprint-context-view.ts'
import { taskContextView } from './task-context-view.ts'
import { iso } from './words.ts'

/** A claim as its host sees it before there is a worktree. */
export function offerView({ job, product, task, lastHead }: Work): Offer {
  return {
    job_id: job.id,
    kind: job.kind,
    claim_token: present(job.claimToken),
    attempt: job.claimNo,
    lease_until: iso(present(job.leaseUntil)),
    product: { id: product.id, name: product.name, repo_url: product.repoUrl },
    task_repo_url: task?.repoUrl ?? null,
    branch: present(job.branch),
    base_sha: lastHead ?? job.baseSha,
    head_sha: job.headSha,
  }
}

/** Everything that an agent must know of its job, but for what its host prepares. */
export function workContextView(attached: Attached, heartbeatSeconds: number): WorkContext {
  return CONTEXTS[attached.work.job.kind](attached, heartbeatSeconds)
}

/** The same for a claim that was taken over, whose worktree stands already. */
export function takenOverView(taken: TakenOver, heartbeatSeconds: number): TakenOverWire {
  return { ...workContextView(taken, heartbeatSeconds), worktree_path: taken.worktreePath }
}

/** A kind without a context does not compile. */
const CONTEXTS: Record<JobKind, (attached: Attached, heartbeatSeconds: number) => WorkContext> = {
  TASK_IMPLEMENTATION: taskContextView,
  SPRINT_IMPLEMENTATION: sprintContextView,
}
