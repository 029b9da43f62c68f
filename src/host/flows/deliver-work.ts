import type { JobView } from '../../contract/job.ts'
import type { CheckResult } from '../../domain/check-result.ts'
import { AppError } from '../../errors.ts'
import { worktreeStatus } from '../git/diff.ts'
import { originTip } from '../git/origin.ts'
import { pushBranch } from '../git/push.ts'
import { fromApi, reasonOf } from './api-error.ts'
import { checkOnBranch } from './check-on-branch.ts'
import type { Patience } from './held-checks.ts'
import type { Host } from './host.ts'
import type { Report } from './report.ts'
import { runChecks } from './run-checks.ts'
import type { HeldWork } from './worker.ts'

/**
 * Delivers a job: clean tree on its branch → green checks → jobs.deliver (gate and fence) → push of exactly that commit → jobs.settle.
 * Each step can be repeated. A conflict goes back to the agent; any other refusal fails the job and says why.
 */
export async function deliverWork(host: Host, held: HeldWork, report: Report, patience: Patience): Promise<JobView> {
  const headSha = await committedHead(host, held)
  const isNew = headSha !== held.order.base_sha
  const delivery = { ...report, headSha, checks: isNew ? await greenChecks(host, held, headSha, patience) : null }
  const pushed = isNew && (await pushFenced(host, held, delivery))
  if (!pushed) await deliver(host, held, delivery)
  return host.api.jobs.settle({ ...held.hold, outcome: 'done', pushed })
}

/** The worktree's HEAD, if everything that matters is committed and on the job's branch. */
async function committedHead(host: Host, held: HeldWork): Promise<string> {
  const status = await worktreeStatus(host.git, held.order.worktree_path)
  await checkOnBranch(host, held, status.branch)
  if (status.dirty.length > 0)
    throw new AppError('UNCOMMITTED_CHANGES', `These files are not committed: ${status.dirty.slice(0, 20).join(', ')}.`)
  return status.headSha
}

/** The checks of the commit, all of them green; CHECKS_FAILED with the output of those that are not. */
async function greenChecks(host: Host, held: HeldWork, headSha: string, patience: Patience) {
  const checks = await runChecks(host, held, headSha, patience)
  const red = checks.filter(({ passed }) => !passed)
  if (red.length > 0) throw new AppError('CHECKS_FAILED', red.map(describe).join('\n\n'))
  if (checks.length === 0 || held.checks.areGreen(headSha)) return checks
  await committedHead(host, held)
  throw new AppError('VERIFY_REQUIRED', 'The worktree moved to another commit while its checks ran.')
}

function describe({ command, seconds, output }: CheckResult): string {
  return `The check \`${command}\` failed after ${seconds} s.\n${output}`
}

interface Delivery extends Report {
  headSha: string
  /** Null for a job that delivers no commit of its own. */
  checks: readonly CheckResult[] | null
}

async function pushFenced(host: Host, held: HeldWork, delivery: Delivery): Promise<boolean> {
  const { headSha } = delivery
  const { worktree_path: path, branch_name: branch } = held.order
  const timeoutMs = await permission(host, held, delivery)
  try {
    await pushBranch(host.git, { path, headSha, branch, timeoutMs })
    return true
  } catch (error) {
    const cause = fromApi(error)
    if (cause.code === 'DELIVERY_CONFLICT') return handBack(host, held, cause)
    if (cause.code === 'PUSH_FAILED')
      await host.api.jobs.settle({ ...held.hold, outcome: 'failed', error: reasonOf(cause) })
    throw cause
  }
}

/**
 * The time that a push may take, in ms, by a fresh extension of the lease. The wall clock decides, because it goes on
 * while a machine sleeps: a host that slept past its extension asks again, and is refused when it was given up.
 */
async function permission(host: Host, held: HeldWork, delivery: Delivery): Promise<number> {
  for (;;) {
    const asked = Date.now()
    const until = asked + (await deliver(host, held, delivery))
    const left = until - Date.now()
    if (left > 0) return Math.min(left, host.limits.pushMs)
  }
}

async function deliver(host: Host, { hold }: HeldWork, { headSha, checks, summary, usage }: Delivery): Promise<number> {
  const delivery = { head_sha: headSha, summary, usage, ...(checks && { checks: [...checks] }) }
  return (await host.api.jobs.deliver({ ...hold, ...delivery })).push_within_ms
}

/** Origin's branch has moved on: its tip becomes the base, and the agent merges it. */
async function handBack(host: Host, held: HeldWork, cause: AppError): Promise<never> {
  const { branch_name: branch } = held.order
  const tip = await originTip(host.git, held.root, branch)
  if (!tip) throw cause
  await host.api.jobs.reportConflict({ ...held.hold, ...held.silence, base_sha: tip })
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
