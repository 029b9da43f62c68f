import { sprintBranch, storyBranch } from '../../domain/branch-name.ts'
import type { Caller } from '../../domain/permissions.ts'
import { repositoryKey } from '../../domain/repository-url.ts'
import { type ScopeEntry, sprintBlockers } from '../../domain/sprint-blockers.ts'
import type { PrStrategy, RunExecution } from '../../domain/sprint-run-lifecycle.ts'
import { AppError } from '../../errors.ts'
import type { Sprint } from '../store/backlog/move-items.ts'
import type { PoolClient, Queryable } from '../store/database.ts'
import { violatesUnique } from '../store/database-error.ts'
import { lastHeadOfRun } from '../store/executions/last-head.ts'
import { insertJobs } from '../store/jobs/insert-jobs.ts'
import type { SprintRun } from '../store/jobs/lock-job.ts'
import { moveRunToBranch } from '../store/lines/move-lane.ts'
import { newId } from '../store/new-id.ts'
import { type Product, readProduct } from '../store/products/products.ts'
import { insertRun, readRun } from '../store/runs/runs.ts'
import { lockScope } from '../store/sprints/lock-scope.ts'
import { readSprint } from '../store/sprints/sprints.ts'
import { jobChange } from './job-change.ts'
import { reopenSprint } from './reopen-sprint.ts'
import { reserveLanes } from './reserve-lanes.ts'
import type { Server } from './server-context.ts'
import { sprintScope } from './sprint-scope.ts'
import { type Tx, transact } from './transact.ts'

export interface RunRequest {
  sprintId: string
  /** Null leaves it to the previous run, or to SPRINT. */
  prStrategy: PrStrategy | null
  /** Null leaves it to the previous run, or to PER_TASK. */
  execution: RunExecution | null
  previousRunId: string | null
}

/**
 * Starts a run of a sprint. PER_TASK: one job per open task, in the order PBI → story → task, on the run's branch or on
 * each story's. BATCH: one job for all of them, on the run's branch, which freezes its tasks when it begins. A continuation takes up the failed tasks of an ended run too, on its branches. Whatever stands in its way is
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
  const execution = wish.execution ?? previous?.execution ?? 'PER_TASK'
  assertFits(execution, prStrategy)
  const branch = prStrategy === 'STORY' ? null : (previous?.branch ?? sprintBranch(id))
  const run = await insertRun(tx.client, { ...owner, ...wish, id, prStrategy, execution, branch })
  // Locked before they are read: a task that is set by hand, or sent to an agent, at this moment is seen as it is then.
  await lockScope(tx.client, sprintId)
  if (previous) await reopenSprint(tx, caller.userId, sprintId)
  const sprint = await findSprint(tx.client, caller, sprintId)
  const product = await readProduct(tx.client, caller, productId)
  const repoKey = repositoryKey(product?.repoUrl ?? null, productId)
  const scope = await sprintScope(tx.client, { id: sprintId, repoKey })
  assertFree(sprint, product, scope, execution)

  const ref = { ...owner, sprintRunId: id }
  const added = await insertJobs(
    tx.client,
    execution === 'BATCH' && branch !== null
      ? [{ ...ref, ...(await batchJob(tx.client, run)), repoKey, branch }]
      : taskJobs(scope, { repoKey, branch }).map(job => ({ ...ref, ...job })),
  )
  const jobs = await reserveLanes(tx.client, added, wish.previousRunId)
  tx.changed({ type: 'sprint_run_status', ...owner, sprintRunId: id, status: 'queued' })
  for (const job of jobs) {
    tx.changed(jobChange(job, 'claude_job_enqueued'))
    tx.tell(job, 'QUEUED', `Queued on ${job.branch}, for its sprint run.`)
  }
  return placeRun(tx.client, run, jobs.find(job => job.repoKey === repoKey)?.branch)
}

/** The run's branch is the one that its jobs in the product's repository go on. */
async function placeRun(client: PoolClient, run: SprintRun, branch: string | null | undefined): Promise<SprintRun> {
  if (run.branch === null || !branch || branch === run.branch) return run
  await moveRunToBranch(client, run.id, branch)
  return { ...run, branch }
}

/** One job per task, in order; each in the lane of its repository and branch. */
function taskJobs(scope: Awaited<ReturnType<typeof sprintScope>>, run: { repoKey: string; branch: string | null }) {
  return scope.map(({ task, story }, index) => ({
    id: newId('job'),
    kind: 'TASK_IMPLEMENTATION' as const,
    taskId: task.id,
    sequence: index + 1,
    repoKey: task.repoUrl === null ? run.repoKey : repositoryKey(task.repoUrl, task.productId),
    branch: run.branch ?? storyBranch(story.id),
  }))
}

/** The one job of a BATCH run; a continuation starts from what the run before it had finished. */
async function batchJob(on: Queryable, { previousRunId }: SprintRun) {
  const baseSha = previousRunId ? await lastHeadOfRun(on, previousRunId) : null
  return { id: newId('job'), kind: 'SPRINT_IMPLEMENTATION' as const, sequence: 1, baseSha }
}

function assertFits(execution: RunExecution, prStrategy: PrStrategy): void {
  if (execution === 'BATCH' && prStrategy === 'STORY')
    throw new AppError('VALIDATION_ERROR', 'A BATCH run has one branch for all its tasks: PR strategy SPRINT.', {
      hint: 'Leave pr_strategy out, or start the run PER_TASK.',
    })
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

function assertFree(
  sprint: Sprint,
  product: Product | null,
  scope: readonly ScopeEntry[],
  execution: RunExecution,
): void {
  const blockers = sprintBlockers(sprint, scope, execution)
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
