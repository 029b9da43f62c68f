import type { CheckResult } from '../../domain/check-result.ts'
import type { WholeKit } from '../../domain/kit.ts'
import type { CommandResult } from '../commands/run-command.ts'
import { readEquipment } from '../kit/equipment.ts'
import { readKit } from '../kit/read-kit.ts'
import type { ChecksOutcome, Patience } from './held-checks.ts'
import type { Host } from './host.ts'
import { keepLease, renewalMs } from './keep-lease.ts'
import { statusAtWork } from './status-at-work.ts'
import type { HeldWork } from './worker.ts'

/** What is told and stored of the output of a red check. */
const TAIL = 8_000

/**
 * The checks of a job's kit in its worktree, as they were where the job started, for the commit `sha`. Green ones are
 * remembered if they ran on nothing else: it was HEAD, and all was committed, before and after.
 */
export function runChecks(
  host: Host,
  held: HeldWork,
  sha: string,
  patience: Patience,
): Promise<readonly CheckResult[]> {
  return held.checks.of(sha, stop => runAll(host, held, sha, stop), patience)
}

async function runAll(host: Host, held: HeldWork, sha: string, stop: AbortSignal): Promise<ChecksOutcome> {
  const { worktree_path: cwd, worktree_env: env } = held.order
  const kit = await kitOf(host, held, stop)
  if (kit.checks.length === 0) return { checks: [], isProof: false }
  const wasClean = await isAllOf(host, held, sha)
  const checks = await whileHeld(host, held, stop, async signal => {
    const results: CheckResult[] = []
    const timeoutMs = kit.timeouts.checks * 1000
    for (const command of kit.checks)
      results.push(toCheck(await host.runCommand({ command, cwd, env, timeoutMs, signal })))
    return results
  })
  return { checks, isProof: wasClean && (await isAllOf(host, held, sha)) }
}

/** What the worktree was given; where that is lost, what holds at the commit that it started from. */
async function kitOf(host: Host, { order, root, productKit }: HeldWork, signal: AbortSignal): Promise<WholeKit> {
  const { job_id: jobId, attempt: claimNo, base_sha: commit } = order
  const equipment = await readEquipment(host.roots.dataDir, { jobId, claimNo })
  return equipment?.kit ?? readKit(host.git, { root, commit, productKit }, signal)
}

/** Whether a worktree holds that commit and nothing else. */
async function isAllOf(host: Host, held: HeldWork, sha: string): Promise<boolean> {
  const { headSha, dirty } = await statusAtWork(host, held)
  return headSha === sha && dirty.length === 0
}

/** Keeps the lease meanwhile, also of an agent that no timer keeps it for; a claim that ends stops the work. */
async function whileHeld<T>(
  host: Host,
  held: HeldWork,
  signal: AbortSignal,
  run: (stop: AbortSignal) => Promise<T>,
): Promise<T> {
  const { hold, silence } = held
  const over = new AbortController()
  const stopRenewing = keepLease(host, { ...hold, ...silence }, renewalMs(host, held), () => over.abort())
  try {
    return await run(AbortSignal.any([signal, over.signal]))
  } catch (error) {
    // The server says how it ended.
    if (over.signal.aborted) await host.api.jobs.renew(hold)
    throw error
  } finally {
    await stopRenewing()
  }
}

function toCheck({ command, passed, seconds, output }: CommandResult): CheckResult {
  return { command, passed, seconds, output: passed ? '' : output.slice(-TAIL).replace(/^\p{Cs}/u, '') }
}
