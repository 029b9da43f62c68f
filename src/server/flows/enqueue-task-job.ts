import type { PermissionMode } from '../../domain/agent-settings.ts'
import { storyBranch } from '../../domain/branch-name.ts'
import type { JobKind } from '../../domain/job-kinds.ts'
import type { Caller } from '../../domain/permissions.ts'
import { repositoryKey } from '../../domain/repository-url.ts'
import { AppError } from '../../errors.ts'
import { violatesUnique } from '../store/database-error.ts'
import { insertTaskJob } from '../store/jobs/insert-jobs.ts'
import type { Job } from '../store/jobs/lock-job.ts'
import { newId } from '../store/new-id.ts'
import { assertNoBatch } from './assert-no-batch.ts'
import { jobChange } from './job-change.ts'
import { lockReadableTask } from './lock-readable.ts'
import { moveLockedTask } from './propagate.ts'
import { reserveLine } from './reserve-line.ts'
import type { Server } from './server-context.ts'
import { type Tx, transact } from './transact.ts'

export interface JobRequest {
  kind: JobKind
  taskId: string
  model: string | null
  thinkingBudget: number | null
  permissionMode: PermissionMode | null
}

/**
 * Sends one task to an agent, without a run: enqueues its job on the story's line. A task that is done, excluded or
 * has a live job already is refused with the reason; a failed one is set to TO_DO.
 */
export async function enqueueTaskJob(server: Server, caller: Caller, request: JobRequest): Promise<Job> {
  if (request.kind !== 'TASK_IMPLEMENTATION')
    throw new AppError('VALIDATION_ERROR', `A task is no work for a ${request.kind} job.`, {
      hint: 'Start the task’s sprint with start_sprint_run and execution BATCH, or leave kind out.',
    })
  try {
    return await transact(server, tx => enqueue(tx, caller, request))
  } catch (error) {
    if (!violatesUnique(error, 'claude_jobs_one_live_per_task')) throw error
    throw new AppError('CONFLICT', `Task ${request.taskId} has a live job already.`, {
      hint: 'list_jobs or `scrum4me job list` shows it; wait for its end.',
      cause: error,
    })
  }
}

async function enqueue(tx: Tx, caller: Caller, request: JobRequest): Promise<Job> {
  const { task, product } = await lockReadableTask(tx, caller, request.taskId)
  if (product.archivedAt) throw new AppError('CONFLICT', `Product ${product.name} is archived.`)
  if (task.status !== 'TO_DO' && task.status !== 'FAILED' && task.status !== 'IN_PROGRESS')
    throw new AppError('INVALID_TRANSITION', `Task ${task.code} is ${task.status.toLowerCase()}.`, {
      hint: 'Set it to todo first if it is to be worked on again.',
    })
  await assertNoBatch(tx, task)
  const repoKey = repositoryKey(task.repoUrl ?? product.repoUrl, product.id)
  if (task.status === 'FAILED') await moveLockedTask(tx, caller.userId, task, 'TO_DO')
  const job = await insertTaskJob(tx.client, {
    id: newId('job'),
    userId: caller.userId,
    productId: product.id,
    taskId: task.id,
    repoKey,
    branch: await reserveLine(tx.client, { repoKey, base: storyBranch(task.storyId) }),
    requestedModel: request.model,
    requestedThinkingBudget: request.thinkingBudget,
    requestedPermissionMode: request.permissionMode,
  })
  tx.changed(jobChange(job, 'claude_job_enqueued'))
  tx.tell(job, 'QUEUED', `Queued on ${job.branch}.`)
  return job
}
