import type { CheckResult } from '../../domain/check-result.ts'
import { AppError } from '../../errors.ts'
import { rescueWorktree } from '../git/rescue.ts'
import type { Patience } from './held-checks.ts'
import type { Host } from './host.ts'
import { pushWork } from './push-work.ts'
import { executionOf, type HeldExecution, type HeldSprint, keepProgress, whileClaimed } from './sprint-work.ts'
import { statusAtWork } from './status-at-work.ts'
import type { HeldWork, Worker } from './worker.ts'

export interface ExecutionReport {
  executionId: string
  status: 'running' | 'done' | 'failed' | 'skipped'
  reason: string | undefined
}
type Progress = Awaited<ReturnType<Host['api']['executions']['settle']>>

/**
 * Begins or ends one task of a held sprint as its agent reports: done is pushed first, so that a finished task is on
 * origin. Returns how the job's executions and its run stand.
 */
export async function updateExecution(
  host: Host,
  worker: Worker,
  held: HeldWork,
  { executionId, status, reason }: ExecutionReport,
  patience: Patience,
): Promise<Progress> {
  const { sprint, execution } = executionOf(held, executionId)
  return whileClaimed(host, worker, held, async () => {
    const progress = await UPDATES[status](host, sprint, execution, { reason, patience })
    keepProgress(sprint, progress)
    return progress
  })
}

/** For a task that has no base yet: what comes before it is not finished. */
export function notBegun({ code }: HeldExecution): AppError {
  return new AppError('INVALID_TRANSITION', `The tasks before ${code} are not finished.`, {
    hint: 'Finish or skip them first; then begin this one with update_task_execution, status "running".',
  })
}

interface Details {
  reason: string | undefined
  patience: Patience
}
type Update = (host: Host, sprint: HeldSprint, execution: HeldExecution, details: Details) => Promise<Progress>

const UPDATES: Record<ExecutionReport['status'], Update> = {
  running: (host, { hold, silence }, { execution_id }) =>
    host.api.executions.start({ ...hold, ...silence, execution_id }),
  failed: (host, { hold }, { execution_id }, { reason }) =>
    host.api.executions.settle({ ...hold, execution_id, outcome: 'failed', reason }),
  skipped: async (host, sprint, execution, { reason }) => {
    await assertUntouched(host, sprint, execution)
    const { execution_id } = execution
    return host.api.executions.settle({ ...sprint.hold, execution_id, outcome: 'skipped', reason })
  },
  done: async (host, sprint, execution, { patience }) => {
    if (execution.status !== 'done') await push(host, sprint, execution, patience)
    const { execution_id } = execution
    return host.api.executions.settle({ ...sprint.hold, execution_id, outcome: 'done' })
  },
}

async function push(host: Host, sprint: HeldSprint, execution: HeldExecution, patience: Patience): Promise<void> {
  const { base_sha: baseSha, execution_id } = execution
  if (baseSha === null) throw notBegun(execution)
  const hold = { ...sprint.hold, execution_id }
  const deliver = async (head_sha: string, checks: readonly CheckResult[] | null) => {
    const delivery = { ...hold, head_sha, ...(checks && { checks: [...checks] }) }
    return (await host.api.executions.deliver(delivery)).push_within_ms
  }
  const rebase = async (tip: string) =>
    keepProgress(sprint, await host.api.executions.reportConflict({ ...hold, ...sprint.silence, base_sha: tip }))
  await pushWork(host, sprint, { baseSha, deliver, rebase }, patience)
}

/** What was begun on a task that is skipped belongs to no task: it is saved, and the agent takes it off the branch. */
async function assertUntouched(host: Host, sprint: HeldSprint, { base_sha, code }: HeldExecution): Promise<void> {
  if (base_sha === null) return
  const { worktree_path: path, job_id: jobId, attempt: claimNo } = sprint.order
  const { headSha, dirty } = await statusAtWork(host, sprint)
  if (headSha === base_sha && dirty.length === 0) return
  const ref = await rescueWorktree(host.git, { root: sprint.root, path, jobId, claimNo })
  const kept = ref ? ` It is kept on ${ref}.` : ''
  throw new AppError('UNCOMMITTED_CHANGES', `The worktree holds work on ${code}, which is to be skipped.${kept}`, {
    hint: `Take it off the branch (git reset --hard ${base_sha} && git clean -d --force), then skip the task again.`,
  })
}
