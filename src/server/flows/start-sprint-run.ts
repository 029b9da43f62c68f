import { sprintBranch, storyBranch } from '../../domain/branch-name.ts'
import type { Caller } from '../../domain/permissions.ts'
import { repositoryKey } from '../../domain/repository-url.ts'
import { type ScopeEntry, sprintBlockers } from '../../domain/sprint-blockers.ts'
import type { PrStrategy, RunExecution } from '../../domain/sprint-run-lifecycle.ts'
import { AppError } from '../../errors.ts'
import type { Sprint } from '../store/backlog/move-items.ts'
import type { Queryable } from '../store/database.ts'
import { violatesUnique } from '../store/database-error.ts'
import { insertJobs } from '../store/jobs/insert-jobs.ts'
import type { SprintRun } from '../store/jobs/lock-job.ts'
import { newId } from '../store/new-id.ts'
import { type Product, readProduct } from '../store/products/products.ts'
import { insertRun, readRun } from '../store/runs/runs.ts'
import { listSprintScope, readSprint } from '../store/sprints/sprints.ts'
import { jobChange } from './job-change.ts'
import { reopenSprint } from './reopen-sprint.ts'
import type { Server } from './server-context.ts'
import { type Tx, transact } from './transact.ts'

export interface RunRequest {
  sprintId: string
  /** Null leaves it to the previous run, or to SPRINT. */
  prStrategy: PrStrategy | null
  execution: RunExecution
  previousRunId: string | null
}

/**
 * Starts a run of a sprint: one job per open task, in the order PBI → story → task, on the run's branch or on each
 * story's. A continuation takes up the failed tasks of an ended run too, on its branches. Whatever stands in its way is
 * listed at once (SPRINT_BLOCKED); a second live run is a CONFLICT.
 */
export async function startSprintRun(server: Server, caller: Caller, request: RunRequest): Promise<SprintRun> {
  const sprint = await findSprint(server.pool, caller, request.sprintId)
  try {
    return await transact(server, tx => start(tx, caller, sprint, request))
  } catch (error) {
    throw translate(error, sprint)
  }
}

async function start(
  tx: Tx,
  caller: Caller,
  { id: sprintId, productId }: Sprint,
  wish: RunRequest,
): Promise<SprintRun> {
  const id = newId('run')
  const owner = { userId: caller.userId, productId }
  // The run first: until its only rival has ended, or not begun, its unique index lets nobody past.
  const previous = await findPrevious(tx.client, caller, wish)
  const prStrategy = wish.prStrategy ?? previous?.prStrategy ?? 'SPRINT'
  const branch = prStrategy === 'STORY' ? null : (previous?.branch ?? sprintBranch(id))
  const run = await insertRun(tx.client, { ...owner, ...wish, id, prStrategy, branch })
  if (previous) await reopenSprint(tx, caller.userId, sprintId)
  const sprint = await findSprint(tx.client, caller, sprintId)
  const product = await readProduct(tx.client, caller, productId)
  const scope = await listSprintScope(tx.client, sprintId)
  assertFree(sprint, product, scope)

  const jobs = await insertJobs(
    tx.client,
    scope.map(({ task, story }, index) => ({
      ...owner,
      id: newId('job'),
      kind: 'TASK_IMPLEMENTATION' as const,
      taskId: task.id,
      sprintRunId: id,
      sequence: index + 1,
      repoKey: repositoryKey(task.repoUrl ?? product?.repoUrl ?? null, productId),
      branch: branch ?? storyBranch(story.id),
    })),
  )
  tx.changed({ type: 'sprint_run_status', ...owner, sprintRunId: id, status: 'queued' })
  for (const job of jobs) tx.changed(jobChange(job, 'claude_job_enqueued'))
  return run
}

/** The ended run that is to be continued; CONFLICT when it cannot be. */
async function findPrevious(on: Queryable, caller: Caller, wish: RunRequest): Promise<SprintRun | null> {
  if (!wish.previousRunId) return null
  const found = await readRun(on, caller, wish.previousRunId)
  if (!found || found.run.sprintId !== wish.sprintId)
    throw new AppError('NOT_FOUND', `The sprint has no run ${wish.previousRunId}.`)
  const { run } = found
  if (run.status !== 'FAILED' && run.status !== 'CANCELLED')
    throw new AppError('CONFLICT', `Run ${run.id} is ${run.status.toLowerCase()}; only an ended one can be continued.`)
  if (wish.prStrategy && wish.prStrategy !== run.prStrategy)
    throw new AppError('CONFLICT', `Run ${run.id} has the PR strategy ${run.prStrategy}, and so has its continuation.`)
  return run
}

async function findSprint(on: Queryable, caller: Caller, sprintId: string): Promise<Sprint> {
  const sprint = await readSprint(on, caller, sprintId)
  if (!sprint) throw new AppError('NOT_FOUND', `There is no sprint ${sprintId}.`)
  return sprint
}

function assertFree(sprint: Sprint, product: Product | null, scope: readonly ScopeEntry[]): void {
  const blockers = sprintBlockers(sprint, scope)
  if (product?.archivedAt) blockers.unshift(`Product ${product.name} is archived.`)
  if (blockers.length === 0) return
  const list = blockers.map(line => `- ${line}`).join('\n')
  throw new AppError('SPRINT_BLOCKED', `Sprint ${sprint.code} cannot start:\n${list}`)
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
