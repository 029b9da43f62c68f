import type { Offer } from '../../../contract/work.ts'
import type { TakenOver as TakenOverWire, WorkContext } from '../../../contract/work-order.ts'
import type { JobKind } from '../../../domain/job-kinds.ts'
import type { Kit } from '../../../domain/kit.ts'
import type { LineState } from '../../../domain/line-end.ts'
import { sameRepository } from '../../../domain/repository-url.ts'
import type { Attached } from '../../flows/attach-worktree.ts'
import type { TakenOver } from '../../flows/take-over-job.ts'
import type { Work } from '../../store/jobs/read-work.ts'
import { present } from './attached-view.ts'
import { sprintContextView } from './sprint-context-view.ts'
import { taskContextView } from './task-context-view.ts'
import { iso, lower } from './words.ts'

/** A claim as its host sees it before there is a worktree. */
export function offerView(work: Work): Offer {
  const { job, product, task, lastHead, othersHeads } = work
  return {
    job_id: job.id,
    kind: job.kind,
    claim_token: present(job.claimToken),
    attempt: job.claimNo,
    lease_until: iso(present(job.leaseUntil)),
    product: { id: product.id, name: product.name, repo_url: product.repoUrl },
    task_repo_url: task?.repoUrl ?? null,
    branch: present(job.branch),
    line: lower(lineState(work)),
    base_sha: lastHead ?? job.baseSha,
    others_heads: othersHeads,
    head_sha: job.headSha,
    product_kit: productKit(work),
  }
}

function lineState({ line }: Work): LineState {
  if (line?.pushedAt) return 'PUSHED'
  return line?.begunAt ? 'BEGUN' : 'NEW'
}

/** Everything that an agent must know of its job, but for what its host prepares. */
export function workContextView(attached: Attached, heartbeatSeconds: number): WorkContext {
  return CONTEXTS[attached.work.job.kind](attached, heartbeatSeconds)
}

/** The same for a claim that was taken over, whose worktree stands already. */
export function takenOverView(taken: TakenOver, heartbeatSeconds: number): TakenOverWire {
  const standing = { worktree_path: taken.worktreePath, product_kit: productKit(taken.work) }
  return { ...workContextView(taken, heartbeatSeconds), ...standing }
}

/** What a product needs is of no use in the repository of another: that one's own file says it all. */
function productKit({ product, task }: Work): Kit {
  if (!task?.repoUrl) return product.kit
  return product.repoUrl && sameRepository(task.repoUrl, product.repoUrl) ? product.kit : {}
}

/** A kind without a context does not compile. */
const CONTEXTS: Record<JobKind, (attached: Attached, heartbeatSeconds: number) => WorkContext> = {
  TASK_IMPLEMENTATION: taskContextView,
  SPRINT_IMPLEMENTATION: sprintContextView,
}
