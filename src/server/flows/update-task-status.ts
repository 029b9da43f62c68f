import type { TaskStatus } from '../../domain/backlog-lifecycle.ts'
import { isHeld } from '../../domain/job-lifecycle.ts'
import type { Caller } from '../../domain/permissions.ts'
import { wireWord } from '../../domain/wire-word.ts'
import { AppError } from '../../errors.ts'
import type { Task } from '../store/backlog/insert-items.ts'
import { readTask } from '../store/backlog/read-items.ts'
import { Overtaken } from '../store/database-error.ts'
import { findBatchOf } from '../store/executions/batch-of-task.ts'
import type { Job, LockedJob } from '../store/jobs/lock-job.ts'
import { lockLiveJob, readLiveJobId } from '../store/jobs/lock-live-job.ts'
import { CLOCK } from '../store/schema/columns.ts'
import { cancelLocked } from './cancel-locked.ts'
import { lockBatch } from './lock-batch.ts'
import { lockReadableTask } from './lock-readable.ts'
import { changeExecution } from './move-execution.ts'
import { moveTaskAndParents } from './propagate.ts'
import type { Server } from './server-context.ts'
import { type Tx, transact } from './transact.ts'

/**
 * Sets a task's status by hand, and lets story and PBI follow. DONE and EXCLUDED cancel its queued job, or take it out of
 * the sprint's job that has it before it, which takes a person, as does the approval of a task in REVIEW. A task that an
 * agent is at work on is a CONFLICT, and so is REVIEW of one that an agent is yet to do.
 */
export async function updateTaskStatus(
  server: Server,
  caller: Caller,
  { taskId, status }: { taskId: string; status: TaskStatus },
): Promise<Task> {
  return transact(server, async tx => {
    const { task, locked, batch } = await lockAll(tx, caller, taskId)
    if (task.status === status) return task
    if (locked) assertFree(locked, task)
    if (batch?.execution.status === 'RUNNING') throw atWork(batch.job, task)
    if (task.status === 'REVIEW' && status === 'DONE') assertPerson(caller, 'Approving a task')
    if (status === 'REVIEW' && (locked || batch)) throw queued((locked ?? batch)?.job, task)
    if (status === 'DONE' || status === 'EXCLUDED') await takeOut(tx, caller, { locked, batch }, status)
    await moveTaskAndParents(tx, caller.userId, taskId, status)
    return { ...task, status }
  })
}

/**
 * The task with its queued job, or its place in a sprint's job. They are locked before it, and looked for again after it,
 * because whoever enqueues a task holds its lock: what came meanwhile is met by the next try.
 */
async function lockAll(tx: Tx, caller: Caller, taskId: string) {
  const locked = (await findTask(tx, caller, taskId)) && (await lockLiveJob(tx.client, taskId))
  const batch = await lockBatch(tx, taskId)
  const { task } = await lockReadableTask(tx, caller, taskId)
  const jobId = await readLiveJobId(tx.client, taskId)
  const executionId = (await findBatchOf(tx.client, taskId))?.executionId ?? null
  if (jobId !== (locked?.job.id ?? null) || executionId !== (batch?.execution.id ?? null)) throw new Overtaken()
  return { task, locked, batch }
}

type Places = Pick<Awaited<ReturnType<typeof lockAll>>, 'locked' | 'batch'>

/** Ends what is queued for a task that nobody needs to do any more. */
async function takeOut(tx: Tx, caller: Caller, { locked, batch }: Places, status: 'DONE' | 'EXCLUDED'): Promise<void> {
  if (locked) {
    assertPerson(caller, 'Cancelling the queued job of a task')
    await cancelLocked(tx, locked, `Cancelled because its task was set to ${wireWord(status)}.`)
  }
  if (batch) {
    assertPerson(caller, 'Taking a task out of a sprint run')
    const skipReason = `Its task was set to ${wireWord(status)}.`
    await changeExecution(tx, batch.job, batch.execution, 'SKIPPED', { skipReason, finishedAt: CLOCK })
  }
}

async function findTask(tx: Tx, caller: Caller, taskId: string): Promise<Task> {
  const found = await readTask(tx.client, caller, taskId)
  if (!found) throw new AppError('NOT_FOUND', `There is no task ${taskId}.`)
  return found.task
}

/** A delivered job may be on origin already, whatever its status is. */
function assertFree({ job }: LockedJob, task: Task): void {
  if (isHeld(job.status)) throw atWork(job, task)
  if (job.headSha)
    throw new AppError('CONFLICT', `The work on ${task.code} is being delivered: job ${job.id}.`, {
      hint: CANCEL_FIRST,
    })
}

/** What an agent is yet to do cannot be judged. */
function queued(job: Job | undefined, task: Task): AppError {
  return new AppError('CONFLICT', `An agent is yet to work on ${task.code}: job ${job?.id}.`, { hint: CANCEL_FIRST })
}

const CANCEL_FIRST = 'Wait for its end, or have a person cancel it first: `scrum4me job cancel`.'

function atWork(job: Job, task: Task): AppError {
  return new AppError('CONFLICT', `An agent is at work on ${task.code}: job ${job.id}.`, { hint: CANCEL_FIRST })
}

function assertPerson(caller: Caller, what: string): void {
  if (caller.scopes.includes('person')) return
  throw new AppError('PERMISSION_DENIED', `${what} takes a person: this token lacks the scope "person".`, {
    hint: 'Ask the person to do it.',
  })
}
