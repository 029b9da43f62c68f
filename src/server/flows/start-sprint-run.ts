import { sprintBranch } from '../../domain/branch-name.ts'
import type { Caller } from '../../domain/permissions.ts'
import { repositoryKey } from '../../domain/repository-url.ts'
import { sprintBlockers } from '../../domain/sprint-blockers.ts'
import type { PrStrategy, RunExecution } from '../../domain/sprint-run-lifecycle.ts'
import { AppError } from '../../errors.ts'
import type { Sprint } from '../store/backlog/move-items.ts'
import { violatesUnique } from '../store/database-error.ts'
import { insertJobs } from '../store/jobs/insert-jobs.ts'
import type { SprintRun } from '../store/jobs/lock-job.ts'
import { newId } from '../store/new-id.ts'
import { readProduct } from '../store/products/products.ts'
import { insertRun } from '../store/runs/runs.ts'
import { listSprintScope, readSprint } from '../store/sprints/sprints.ts'
import { jobChange } from './job-change.ts'
import type { Server } from './server-context.ts'
import { type Tx, transact } from './transact.ts'

export interface RunRequest {
  sprintId: string
  prStrategy: PrStrategy
  execution: RunExecution
}

/**
 * Starts a run of a sprint: one job per open task, in the order PBI → story → task, all on the run's branch. Whatever
 * stands in its way is listed at once (SPRINT_BLOCKED); a second live run is a CONFLICT.
 */
export async function startSprintRun(server: Server, caller: Caller, request: RunRequest): Promise<SprintRun> {
  const sprint = await readSprint(server.pool, caller, request.sprintId)
  if (!sprint) throw new AppError('NOT_FOUND', `There is no sprint ${request.sprintId}.`)
  try {
    return await transact(server, tx => start(tx, caller, sprint, request))
  } catch (error) {
    throw translate(error, sprint)
  }
}

async function start(tx: Tx, caller: Caller, sprint: Sprint, request: RunRequest): Promise<SprintRun> {
  const scope = await listSprintScope(tx.client, sprint.id)
  const product = await readProduct(tx.client, caller, sprint.productId)
  const blockers = sprintBlockers(sprint, scope)
  if (product?.archivedAt) blockers.unshift(`Product ${product.name} is archived.`)
  if (blockers.length > 0)
    throw new AppError(
      'SPRINT_BLOCKED',
      `Sprint ${sprint.code} cannot start:\n${blockers.map(line => `- ${line}`).join('\n')}`,
    )

  const id = newId('run')
  const branch = sprintBranch(id)
  const owner = { userId: caller.userId, productId: sprint.productId }
  const run = await insertRun(tx.client, { ...owner, ...request, id, branch })
  const jobs = await insertJobs(
    tx.client,
    scope.map(({ task }, index) => ({
      ...owner,
      id: newId('job'),
      kind: 'TASK_IMPLEMENTATION' as const,
      taskId: task.id,
      sprintRunId: id,
      sequence: index + 1,
      repoKey: repositoryKey(task.repoUrl ?? product?.repoUrl ?? null, sprint.productId),
      branch,
    })),
  )
  tx.changed({ type: 'sprint_run_status', ...owner, sprintRunId: id, status: 'queued' })
  for (const job of jobs) tx.changed(jobChange(job, 'claude_job_enqueued'))
  return run
}

function translate(error: unknown, sprint: Sprint): unknown {
  if (violatesUnique(error, 'sprint_runs_one_live'))
    return new AppError('CONFLICT', `Sprint ${sprint.code} has a live run already.`, { cause: error })
  if (violatesUnique(error, 'claude_jobs_one_live_per_task'))
    return new AppError('CONFLICT', `A task of sprint ${sprint.code} was sent to an agent at this moment.`, {
      hint: 'Wait for its end, then start the run again.',
      cause: error,
    })
  return error
}
