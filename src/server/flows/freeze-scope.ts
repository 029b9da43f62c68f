import { isRunnable } from '../../domain/sprint-blockers.ts'
import { type Execution, insertExecutions, lockExecutions } from '../store/executions/executions.ts'
import { readSprintWork } from '../store/executions/read-sprint-work.ts'
import type { LockedJob } from '../store/jobs/lock-job.ts'
import { newId } from '../store/new-id.ts'
import { lockScope } from '../store/sprints/lock-scope.ts'
import { sprintScope } from './sprint-scope.ts'
import type { Tx } from './transact.ts'

/**
 * The executions of a sprint's job: frozen when it is first attached, in the order PBI → story → task, with each task's
 * plan and what is asked of it. A later attempt finds the same ones, finished ones included.
 */
export async function freezeScope(
  tx: Tx,
  { job, run }: LockedJob,
): Promise<{ executions: Execution[]; requiresOpus: boolean }> {
  const frozen = await lockExecutions(tx.client, job.id)
  if (!run) return { executions: frozen, requiresOpus: false }
  // Locked before they are read: a task that is sent to an agent of its own at this moment is either seen or refused.
  if (frozen.length === 0) await lockScope(tx.client, run.sprintId)
  const scope = frozen.length === 0 ? await sprintScope(tx.client, { id: run.sprintId, repoKey: job.repoKey }) : []
  await insertExecutions(
    tx.client,
    scope
      .filter(entry => isRunnable(entry, 'BATCH'))
      .map(({ task }, index) => ({
        id: newId('exec'),
        sprintJobId: job.id,
        productId: job.productId,
        taskId: task.id,
        order: index + 1,
        planSnapshot: task.implementationPlan,
        verifyRequiredSnapshot: task.verifyRequired,
        verifyOnlySnapshot: task.verifyOnly,
      })),
  )
  const executions = frozen.length > 0 ? frozen : await lockExecutions(tx.client, job.id)
  const work = await readSprintWork(tx.client, job.id)
  return { executions, requiresOpus: work.some(({ task }) => task.requiresOpus) }
}
