import type { JobView } from '../../contract/job.ts'
import { AppError } from '../../errors.ts'
import { worktreeStatus } from '../git/diff.ts'
import { originTip } from '../git/origin.ts'
import { pushBranch } from '../git/push.ts'
import { fromApi } from './api-error.ts'
import type { Report } from './finish-work.ts'
import type { Host } from './host.ts'
import type { HeldWork } from './worker.ts'

/**
 * Delivers a job: clean tree on its branch → jobs.deliver (gate and fence) → push of exactly that commit → jobs.settle.
 * Each step can be repeated. A conflict goes back to the agent; any other refusal fails the job and says why.
 */
export async function deliverWork(host: Host, held: HeldWork, report: Report): Promise<JobView> {
  const headSha = await committedHead(host, held)
  const pushed = headSha === held.order.base_sha ? false : await pushFenced(host, held, headSha, report)
  if (!pushed) await deliver(host, held, headSha, report)
  return host.api.jobs.settle({ ...held.hold, outcome: 'done', pushed })
}

/** The worktree's HEAD, if everything that matters is committed and on the job's branch. */
async function committedHead(host: Host, held: HeldWork): Promise<string> {
  const { worktree_path, branch_name } = held.order
  const status = await worktreeStatus(host.git, worktree_path)
  if (status.branch !== branch_name)
    throw new AppError(
      'INVALID_TRANSITION',
      `The worktree is on ${status.branch ?? 'no branch'}, not on ${branch_name}.`,
      {
        hint: `Bring your commits onto ${branch_name}, verify and report done again.`,
      },
    )
  if (status.dirty.length > 0)
    throw new AppError('UNCOMMITTED_CHANGES', `These files are not committed: ${status.dirty.slice(0, 20).join(', ')}.`)
  return status.headSha
}

async function pushFenced(host: Host, held: HeldWork, headSha: string, report: Report): Promise<boolean> {
  const { worktree_path: path, branch_name: branch } = held.order
  const timeoutMs = await permission(host, held, headSha, report)
  try {
    await pushBranch(host.git, { path, headSha, branch, timeoutMs })
    return true
  } catch (error) {
    const cause = fromApi(error)
    if (cause.code === 'DELIVERY_CONFLICT') return handBack(host, held, cause)
    if (cause.code === 'PUSH_FAILED')
      await host.api.jobs.settle({ ...held.hold, outcome: 'failed', error: `${cause.message} ${cause.hint}` })
    throw cause
  }
}

/**
 * The time that a push may take, in ms, by a fresh extension of the lease. The wall clock decides, because it goes on
 * while a machine sleeps: a host that slept past its extension asks again, and is refused when it was given up.
 */
async function permission(host: Host, held: HeldWork, headSha: string, report: Report): Promise<number> {
  for (;;) {
    const asked = Date.now()
    const until = asked + (await deliver(host, held, headSha, report))
    const left = until - Date.now()
    if (left > 0) return Math.min(left, host.limits.pushMs)
  }
}

async function deliver(host: Host, held: HeldWork, headSha: string, { summary, usage }: Report): Promise<number> {
  return (await host.api.jobs.deliver({ ...held.hold, head_sha: headSha, summary, usage })).push_within_ms
}

/** Origin's branch has moved on: its tip becomes the base, and the agent merges it. */
async function handBack(host: Host, held: HeldWork, cause: AppError): Promise<never> {
  const { branch_name: branch } = held.order
  const tip = await originTip(host.git, held.root, branch)
  if (!tip) throw cause
  await host.api.jobs.reportConflict({ ...held.hold, base_sha: tip })
  held.order = { ...held.order, base_sha: tip }
  throw new AppError(
    'DELIVERY_CONFLICT',
    `Origin's ${branch} has commits that yours does not build on. The job goes on.`,
    {
      hint: `In the worktree: git fetch origin && git merge origin/${branch}; mend what conflicts, commit, verify and report done again.`,
      cause,
    },
  )
}
