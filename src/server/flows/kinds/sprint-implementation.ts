import { isDecided } from '../../../domain/backlog-lifecycle.ts'
import type { ExecutionStatus } from '../../../domain/execution-lifecycle.ts'
import { sprintGate } from '../../../domain/sprint-gate.ts'
import { wireWord } from '../../../domain/wire-word.ts'
import { AppError } from '../../../errors.ts'
import { lockTask } from '../../store/backlog/lock-task.ts'
import { type Execution, lockExecutions } from '../../store/executions/executions.ts'
import type { Job } from '../../store/jobs/lock-job.ts'
import { CLOCK } from '../../store/schema/columns.ts'
import { freezeScope } from '../freeze-scope.ts'
import { changeExecution, nameBase, UNTOUCHED } from '../move-execution.ts'
import type { Tx } from '../transact.ts'
import type { Ending, KindRules } from './kind-rules.ts'

/** One job, a whole sprint: its executions are frozen once, and each takes its task with it. */
export const sprintRules: KindRules = {
  async begin(tx, locked, _work, baseSha) {
    const { job } = locked
    const { executions, requiresOpus } = await freezeScope(tx, locked)
    if (executions.length === 0) return null
    await nameBase(tx, executions, baseSha, { anew: true })
    const isBegun = executions.some(({ status }) => status === 'DONE')
    return { requiresOpus, baseSha: isBegun ? (job.baseSha ?? baseSha) : baseSha }
  },
  async interrupt(tx, job) {
    for (const execution of await lockExecutions(tx.client, job.id)) await startOver(tx, job, execution)
  },
  /** Which of its tasks goes on is for its agent to say, who begins it again. */
  takeUp: async () => undefined,
  async end(tx, job, to) {
    if (to === 'DONE') return
    const executions = await lockExecutions(tx.client, job.id)
    const failed = executions.find(({ status }) => status === 'FAILED')
    if (to === 'SKIPPED' && failed)
      throw new AppError('INVALID_TRANSITION', `Task ${failed.code} has failed, so the sprint cannot be skipped.`, {
        hint: 'Report failed, or work on that task again.',
      })
    for (const execution of executions) await endUnfinished(tx, job, execution, to)
  },
  async assertGate(tx, job, { headSha }) {
    const blockers = sprintGate(await lockExecutions(tx.client, job.id), job.baseSha, headSha)
    if (blockers.length === 0) return
    const list = blockers.map(line => `- ${line}`).join('\n')
    throw new AppError('VERIFY_REFUSED', `The sprint is not done yet:\n${list}`, {
      hint: 'Finish each task with update_task_execution, done or skipped with a reason; take other commits off the branch.',
    })
  },
}

/** What was interrupted or has failed starts over with the next attempt; what is finished, or decided, stays so. */
async function startOver(tx: Tx, job: Job, execution: Execution): Promise<void> {
  if (execution.status !== 'RUNNING' && execution.status !== 'FAILED') return
  const task = await lockTask(tx.client, execution.taskId)
  if (task === null || !isDecided(task.status)) await changeExecution(tx, job, execution, 'PENDING', UNTOUCHED)
  else
    await changeExecution(tx, job, execution, 'SKIPPED', {
      skipReason: `Its task was set to ${wireWord(task.status)}.`,
      finishedAt: CLOCK,
    })
}

const LEFT: Record<Exclude<Ending, 'DONE'>, ExecutionStatus> = {
  FAILED: 'FAILED',
  SKIPPED: 'SKIPPED',
  CANCELLED: 'SKIPPED',
}

async function endUnfinished(tx: Tx, job: Job, execution: Execution, to: Exclude<Ending, 'DONE'>): Promise<void> {
  const why = job.error ?? `The sprint’s job was ${to.toLowerCase()}.`
  if (execution.status === 'RUNNING' && LEFT[to] === 'FAILED')
    await changeExecution(tx, job, execution, 'FAILED', { error: why, finishedAt: CLOCK })
  else if (execution.status === 'RUNNING' || execution.status === 'PENDING')
    await changeExecution(tx, job, execution, 'SKIPPED', { skipReason: why, finishedAt: CLOCK })
}
