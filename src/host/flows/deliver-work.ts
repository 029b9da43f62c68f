import type { JobView } from '../../contract/job.ts'
import type { CheckResult } from '../../domain/check-result.ts'
import type { JobKind } from '../../domain/job-kinds.ts'
import type { Patience } from './held-checks.ts'
import type { Host } from './host.ts'
import { committedHead, pushWork } from './push-work.ts'
import type { Report } from './report.ts'
import type { HeldWork } from './worker.ts'

/** Delivers a job that its agent reports done, and settles it; a kind without a way to do so does not compile. */
export async function deliverWork(host: Host, held: HeldWork, report: Report, patience: Patience): Promise<JobView> {
  const pushed = await DELIVERIES[held.order.kind](host, held, report, patience)
  return host.api.jobs.settle({ ...held.hold, outcome: 'done', pushed })
}

/** Each passes the gate and answers whether the job has pushed anything. */
const DELIVERIES: Record<
  JobKind,
  (host: Host, held: HeldWork, report: Report, patience: Patience) => Promise<boolean>
> = { TASK_IMPLEMENTATION: deliverTask, SPRINT_IMPLEMENTATION: deliverSprint }

function deliverTask(host: Host, held: HeldWork, report: Report, patience: Patience): Promise<boolean> {
  const baseSha = held.order.base_sha
  const rebase = async (tip: string) => {
    await host.api.jobs.reportConflict({ ...held.hold, ...held.silence, base_sha: tip })
    held.order = { ...held.order, base_sha: tip }
  }
  const deliverHead = (headSha: string, checks: readonly CheckResult[] | null) =>
    deliver(host, held, report, headSha, checks)
  return pushWork(host, held, { baseSha, deliver: deliverHead, rebase }, patience)
}

/** Each of its tasks was checked and pushed when it was done, so that nothing is left but the gate. */
async function deliverSprint(host: Host, held: HeldWork, report: Report): Promise<boolean> {
  const headSha = await committedHead(host, held)
  await deliver(host, held, report, headSha, null)
  return headSha !== held.order.base_sha
}

async function deliver(
  host: Host,
  { hold }: HeldWork,
  { summary, usage }: Report,
  headSha: string,
  checks: readonly CheckResult[] | null,
): Promise<number> {
  const delivery = { head_sha: headSha, summary, usage, ...(checks && { checks: [...checks] }) }
  return (await host.api.jobs.deliver({ ...hold, ...delivery })).push_within_ms
}
