import type { CheckResult } from '../../domain/check-result.ts'
import { AppError } from '../../errors.ts'
import { originTip } from '../git/origin.ts'
import { pushBranch } from '../git/push.ts'
import { fromApi, reasonOf } from './api-error.ts'
import { checkOnBranch } from './check-on-branch.ts'
import type { Patience } from './held-checks.ts'
import type { Host } from './host.ts'
import { runChecks } from './run-checks.ts'
import { statusAtWork } from './status-at-work.ts'
import type { HeldWork } from './worker.ts'

/** What is delivered, as the server knows it: the work of a job, or of one task of a sprint. */
export interface Consignment {
  /** Where the work started: at the same commit nothing is pushed. */
  baseSha: string
  /** Gate and fence; stores the commit, extends the lease, and answers for how long from now a push may start, in ms. */
  deliver(headSha: string, checks: readonly CheckResult[] | null): Promise<number>
  /** Origin's branch went another way: its tip becomes the base. */
  rebase(tip: string): Promise<void>
}

/**
 * Publishes the worktree's HEAD: clean tree on its branch → green checks → gate and fence → push of exactly that commit.
 * Each step can be repeated. A conflict goes back to the agent; any other refusal fails the job and says why. Returns
 * whether something was pushed.
 */
export async function pushWork(host: Host, held: HeldWork, work: Consignment, patience: Patience): Promise<boolean> {
  const headSha = await committedHead(host, held)
  if (headSha === work.baseSha) {
    await work.deliver(headSha, null)
    return false
  }
  const checks = await greenChecks(host, held, headSha, patience)
  const { worktree_path: path, branch_name: branch } = held.order
  const timeoutMs = await permission(host, () => work.deliver(headSha, checks))
  try {
    await pushBranch(host.git, { path, headSha, branch, timeoutMs })
    return true
  } catch (error) {
    const cause = fromApi(error)
    if (cause.code === 'DELIVERY_CONFLICT') return handBack(host, held, work, cause)
    if (cause.code === 'PUSH_FAILED')
      await host.api.jobs.settle({ ...held.hold, outcome: 'failed', error: reasonOf(cause) })
    throw cause
  }
}

/** The worktree's HEAD, if everything that matters is committed and on the job's branch. */
export async function committedHead(host: Host, held: HeldWork): Promise<string> {
  const status = await statusAtWork(host, held)
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

/**
 * The time that a push may take, in ms, by a fresh extension of the lease. The wall clock decides, because it goes on
 * while a machine sleeps: a host that slept past its extension asks again, and is refused when it was given up.
 */
async function permission(host: Host, ask: () => Promise<number>): Promise<number> {
  for (;;) {
    const asked = Date.now()
    const until = asked + (await ask())
    const left = until - Date.now()
    if (left > 0) return Math.min(left, host.limits.pushMs)
  }
}

async function handBack(host: Host, held: HeldWork, work: Consignment, cause: AppError): Promise<never> {
  const { branch_name: branch } = held.order
  const tip = await originTip(host.git, held.root, branch)
  if (!tip) throw cause
  await work.rebase(tip)
  throw new AppError(
    'DELIVERY_CONFLICT',
    `Origin's ${branch} has commits that yours does not build on. The job goes on.`,
    {
      hint: `In the worktree: git fetch origin && git merge origin/${branch}; mend what conflicts, commit, verify and report done again.`,
      cause,
    },
  )
}
