import type { Offer } from '../../contract/work.ts'
import { checkMayPush } from '../git/push.ts'
import { isRescueOf } from '../git/rescue-name.ts'
import { type OpenedWorktree, openWorktree } from '../git/worktree.ts'
import { worktreePath } from '../git/worktree-path.ts'
import { fromApi } from './api-error.ts'
import { assertRoom } from './assert-room.ts'
import { withBranchLock } from './branch-lock.ts'
import { bringRescues } from './bring-rescues.ts'
import { chooseBase } from './choose-base.ts'
import { chooseLine, type OfferOnLine } from './choose-line.ts'
import { equipWorktree } from './equip-worktree.ts'
import { HeldChecks } from './held-checks.ts'
import type { Host } from './host.ts'
import { rememberRoot } from './known-roots.ts'
import { locateRepository } from './locate-repository.ts'
import type { Preparer } from './preparer.ts'
import { recordRescues } from './record-rescues.ts'
import { takeDown } from './take-down.ts'
import { toWorkOrder } from './work-order.ts'

/** A worktree on the job's branch, push right checked, equipped, attached; what it made is removed again if anything throws. */
export const prepareOnBranch: Preparer = async (host, worker, claimed, signal) => {
  await assertRoom(host)
  const { path: root } = await locateRepository(host, claimed, signal)
  await rememberRoot(host, root)
  const { offer, origin } = await chooseLine(host, claimed, root, signal)
  const worktree = await withBranchLock(
    host,
    { root, branch: offer.branch },
    () => open(host, { offer, origin }, root, signal),
    signal,
  )
  const { path } = worktree
  const hold = { job_id: offer.job_id, claim_token: offer.claim_token }
  const isOwn = (ref: string) => isRescueOf(ref, { jobId: offer.job_id, claimNo: offer.attempt })
  try {
    await recordRescues(
      host,
      worker,
      worktree.rescued.filter(ref => !isOwn(ref)),
    )
    await checkMayPush(host.git, path, offer.branch, signal)
    const env = await equipWorktree(host, offer, { root, ...worktree }, signal)
    const base_sha = await chooseBase(host.git, offer, worktree)
    const at = { worktree_path: path, branch: worktree.branch, base_sha }
    const overrides = { models: host.overrides.models, kind: host.overrides.kinds[offer.kind] }
    const context = await host.api.jobs.attach({ ...hold, ...at, ...worker.silence, overrides })
    // The row of this attempt is there only now.
    await recordRescues(host, worker, worktree.rescued.filter(isOwn))
    const kept = await bringRescues(host, root, context, signal)
    const order = toWorkOrder(context, { ...worktree, env, kept }, worker.silence)
    const { product_kit: productKit } = offer
    const held = { ...hold, worker_id: await worker.id() }
    return { hold: held, root, productKit, order, silence: worker.silence, checks: new HeldChecks() }
  } catch (error) {
    await undo(host, offer, { root, path })
    throw fromApi(error)
  }
}

async function open(
  host: Host,
  { offer, origin }: OfferOnLine,
  root: string,
  signal: AbortSignal,
): Promise<OpenedWorktree> {
  const { job_id: jobId, attempt: claimNo, branch, base_sha: baseSha } = offer
  const { worktreesDir } = host
  const path = await worktreePath(worktreesDir, jobId, claimNo)
  return openWorktree(host.git, { root, path, branch, jobId, claimNo, baseSha, worktreesDir, origin }, signal)
}

/** What cannot be removed now does no harm: the next set-up finds it and takes it out of its way. */
async function undo(host: Host, offer: Offer, at: { root: string; path: string }): Promise<void> {
  const attempt = { jobId: offer.job_id, claimNo: offer.attempt }
  const remove = () => takeDown(host, { ...at, ...attempt })
  await withBranchLock(host, { root: at.root, branch: offer.branch }, remove).catch((error: unknown) => {
    host.log.warn({ err: error, path: at.path }, 'a worktree could not be removed')
  })
}
