import { join } from 'node:path'
import type { TakenOver, WorkContext } from '../../contract/work-order.ts'
import { tipOf } from '../git/branch.ts'
import { readRemoval } from '../git/removal-mark.ts'
import { isThere } from '../git/worktree-path.ts'
import { findRecord } from '../git/worktree-record.ts'
import { readEquipment } from '../kit/equipment.ts'
import { worktreeEnv } from '../kit/worktree-env.ts'
import { fromApi, isDoubtful } from './api-error.ts'
import { withBranchLock } from './branch-lock.ts'
import { bringRescues } from './bring-rescues.ts'
import { HeldChecks } from './held-checks.ts'
import type { Host } from './host.ts'
import { watchOver } from './keep-lease.ts'
import { listKnownRoots } from './known-roots.ts'
import { locateRepository } from './locate-repository.ts'
import { listOwnWorktrees } from './standing-worktrees.ts'
import { giveUp } from './status-at-work.ts'
import { toWorkOrder } from './work-order.ts'
import type { Held, HeldWork, Hold, Worker } from './worker.ts'

/**
 * Makes a worker the holder of a claim of this host: after a restart, or from another connection, also when its lease has
 * ended and nothing came of that yet; clean-ups wait meanwhile. The claim token is the proof. A job whose worktree is gone goes back into the queue, and the error says so.
 */
export async function resumeWork(host: Host, worker: Worker, hold: Hold): Promise<HeldWork> {
  const standing = await findStanding(host, hold)
  if (!standing) return takeOver(host, worker, hold)
  const turn = { root: standing.root, branch: standing.mark.branch ?? standing.path }
  return withBranchLock(host, turn, async () => {
    const now = await findStanding(host, hold)
    // Its clean-up has begun, or another job has taken the branch since.
    if (now && (now.branch !== now.mark.branch || (await isGoing(host, now))))
      await host.api.jobs.renew(hold).catch(toApi)
    return takeOver(host, worker, hold)
  })
}

async function isGoing({ git }: Host, { root, path }: { root: string; path: string }): Promise<boolean> {
  const record = await findRecord(git, root, path)
  return record !== null && (await readRemoval(git, root, record)) !== null
}

async function takeOver(host: Host, worker: Worker, { job_id, claim_token }: Hold): Promise<HeldWork> {
  const hold = { job_id, claim_token, worker_id: await worker.id() }
  let isSure = false
  try {
    const context = await host.api.jobs.takeOver({ ...hold, ...worker.silence }).catch((error: unknown) => {
      isSure = !isDoubtful(error)
      throw error
    })
    return await rebuild(host, worker, hold, context)
  } catch (error) {
    // The server may have this worker down as the holder, so that it could take no other job. One that held this job
    // before it lapsed goes on under its id.
    if (!isSure && !worker.held) worker.registerAnew()
    throw fromApi(error)
  }
}

function toApi(error: unknown): never {
  throw fromApi(error)
}

/** The worktree of the last claim of a job that stands on this machine, with the branch that it is on now. */
async function findStanding(host: Host, { job_id }: Hold) {
  const lists = await Promise.all((await listKnownRoots(host)).map(root => listOwnWorktrees(host, root)))
  const ofJob = lists.flat().filter(({ mark }) => mark.jobId === job_id)
  return ofJob.sort((a, b) => a.mark.claimNo - b.mark.claimNo).at(-1)
}

async function rebuild(
  host: Host,
  worker: Worker,
  hold: Held,
  { worktree_path: path, product_kit: productKit, ...context }: TakenOver,
): Promise<HeldWork> {
  const root = await findRoot(host, path, context)
  if (root === null) return giveUp(host, hold, path)
  const reusedBranch = (await tipOf(host.git, root, `refs/remotes/origin/${context.branch_name}`)) !== null
  const env = await envOf(host, context)
  const kept = await bringRescues(host, root, context)
  const order = toWorkOrder(context, { path, reusedBranch, env, kept }, worker.silence)
  const letGo = watchOver(host, worker, { hold, order })
  return { hold, root, productKit, order, silence: worker.silence, checks: new HeldChecks(), letGo }
}

/** The environment that the worktree was given. */
async function envOf(host: Host, { job_id: jobId, attempt: claimNo }: { job_id: string; attempt: number }) {
  const claim = { jobId, claimNo }
  return (await readEquipment(host.roots.dataDir, claim))?.env ?? worktreeEnv(claim, null)
}

/** The repository whose worktree stands at the path; null when it stands no longer. */
async function findRoot(host: Host, path: string, context: WorkContext): Promise<string | null> {
  if (!(await isThere(join(path, '.git')))) return null
  const task_repo_url = context.kind === 'TASK_IMPLEMENTATION' ? context.task.repo_url : null
  const root = await locateRepository(host, { product: context.product, task_repo_url })
  return (await findRecord(host.git, root.path, path)) === null ? null : root.path
}
