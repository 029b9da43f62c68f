import { isDecided, type TaskStatus } from '../../../domain/backlog-lifecycle.ts'
import { AppError } from '../../../errors.ts'
import { lockTask } from '../../store/backlog/lock-task.ts'
import type { Job } from '../../store/jobs/lock-job.ts'
import { readWork } from '../../store/jobs/read-work.ts'
import { assertVerified } from '../assert-verified.ts'
import { followWork, moveLockedTask, moveTaskAndParents } from '../propagate.ts'
import type { Tx } from '../transact.ts'
import type { Ending, KindRules } from './kind-rules.ts'

const TASK_AFTER: Record<Ending, TaskStatus> = { DONE: 'DONE', FAILED: 'FAILED', SKIPPED: 'TO_DO', CANCELLED: 'TO_DO' }

/** One job, one task: the task goes with the job. */
export const taskRules: KindRules = {
  async begin(tx, { job }, { task }, baseSha) {
    const locked = job.taskId ? await lockTask(tx.client, job.taskId) : null
    if (locked && isDecided(locked.status)) return null
    if (locked) await moveLockedTask(tx, job.userId, locked, 'IN_PROGRESS')
    return { requiresOpus: task?.requiresOpus ?? false, baseSha }
  },
  async interrupt(tx, job) {
    if (job.attachedAt) await follow(tx, job, 'TO_DO')
  },
  async takeUp(tx, job) {
    if (job.taskId) await moveTaskAndParents(tx, job.userId, job.taskId, 'IN_PROGRESS')
  },
  end: (tx, job, to) => follow(tx, job, TASK_AFTER[to]),
  async assertGate(tx, job, candidate) {
    const { task } = (await readWork(tx.client, job.id)) ?? {}
    if (!task) throw new AppError('INTERNAL_ERROR', `Job ${job.id} has lost its task.`)
    const { verifyResult, verifiedSha } = job
    const { verifyRequired, verifyOnly } = task
    assertVerified({ verifyResult, verifiedSha, verifyRequired, verifyOnly }, candidate)
  },
}

async function follow(tx: Tx, job: Job, to: TaskStatus): Promise<void> {
  if (job.taskId) await followWork(tx, job.userId, job.taskId, to)
}
