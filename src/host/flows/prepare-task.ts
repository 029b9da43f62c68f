import type { Offer, TaskContext, WorkOrder } from '../../contract/work.ts'
import { checkMayPush } from '../git/push.ts'
import { removeWorktree } from '../git/remove-worktree.ts'
import { type OpenedWorktree, openWorktree } from '../git/worktree.ts'
import { worktreePath } from '../git/worktree-path.ts'
import { taskPrompt } from '../prompts/task-implementation.ts'
import { fromApi } from './api-error.ts'
import type { Host } from './host.ts'
import { locateRepository } from './locate-repository.ts'
import type { Preparer } from './prepare-work.ts'
import { recordRescues } from './record-rescues.ts'

/** A worktree on the job's branch, push right checked, attached; what it made is removed again if anything throws. */
export const prepareTask: Preparer = async (host, worker, offer, signal) => {
  const { path: root } = await locateRepository(host, offer, signal)
  const path = await worktreePath(host.worktreesDir, offer.job_id, offer.attempt)
  const worktree = await openWorktree(
    host.git,
    {
      root,
      path,
      branch: offer.branch,
      jobId: offer.job_id,
      claimNo: offer.attempt,
      baseSha: offer.base_sha,
      worktreesDir: host.worktreesDir,
    },
    signal,
  )
  const hold = { job_id: offer.job_id, claim_token: offer.claim_token }
  try {
    await recordRescues(host, worker, worktree.rescued)
    await checkMayPush(host.git, path, offer.branch, signal)
    const at = { worktree_path: path, branch: worktree.branch, base_sha: worktree.baseSha }
    const overrides = { models: host.overrides.models, kind: host.overrides.kinds[offer.kind] }
    const context = await host.api.jobs.attach({ ...hold, ...at, overrides })
    return { hold, root, order: toOrder(context, worktree) }
  } catch (error) {
    await undo(host, offer, { root, path })
    throw fromApi(error)
  }
}

function toOrder(context: TaskContext, worktree: OpenedWorktree): WorkOrder {
  const place = { worktree_path: worktree.path, worktree_env: {}, reused_branch: worktree.reusedBranch }
  return { ...context, ...place, prompt_text: taskPrompt(context, worktree.path) }
}

/** What cannot be removed now does no harm: the next set-up finds it and takes it out of its way. */
async function undo(host: Host, offer: Offer, at: { root: string; path: string }): Promise<void> {
  const attempt = { worktreesDir: host.worktreesDir, jobId: offer.job_id, claimNo: offer.attempt }
  await removeWorktree(host.git, { ...at, ...attempt }).catch((error: unknown) => {
    host.log.warn({ err: error, path: at.path }, 'a worktree could not be removed')
  })
}
