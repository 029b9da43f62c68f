import { resolveAgentSettings, type SettingOverrides } from '../../domain/agent-settings.ts'
import { attemptsMade } from '../../domain/attempts.ts'
import { shortSha } from '../../domain/job-events.ts'
import type { Caller } from '../../domain/permissions.ts'
import { isRunWorkable } from '../../domain/sprint-run-lifecycle.ts'
import { AppError } from '../../errors.ts'
import { insertAttempt, listEarlierAttempts } from '../store/attempts/attempts.ts'
import type { Queryable } from '../store/database.ts'
import { readSprintWork } from '../store/executions/read-sprint-work.ts'
import type { Job, LockedJob } from '../store/jobs/lock-job.ts'
import { moveJob } from '../store/jobs/move-job.ts'
import { readWork, type Work } from '../store/jobs/read-work.ts'
import { markBegun } from '../store/lines/lines.ts'
import { CLOCK, inSeconds } from '../store/schema/columns.ts'
import { changeRun } from './end-run.ts'
import { finishJob } from './finish-job.ts'
import { type Hold, lockHeld } from './hold.ts'
import { jobChange } from './job-change.ts'
import { KIND_RULES } from './kinds/index.ts'
import { leaseSecondsFor } from './lease-seconds.ts'
import { requeueJob } from './requeue-job.ts'
import type { Server } from './server-context.ts'
import { type Tx, transact } from './transact.ts'

export interface Worktree {
  path: string
  branch: string
  baseSha: string
  /** What the host's configuration says of models and defaults. */
  overrides: SettingOverrides
  /** How long the agent may stay silent, if longer than a lease. */
  silentSeconds: number | null
}
export interface Attached {
  work: Work
  earlierAttempts: Awaited<ReturnType<typeof listEarlierAttempts>>
  /** Of a sprint's job, in their order. */
  executions: Awaited<ReturnType<typeof readSprintWork>>
}

/**
 * Turns an offer into a lease once its worktree stands, and returns the whole context. Run and job are looked at again
 * under their locks; repeating it with the same claim returns the same. A job that must not go on is ended or given
 * back, and the host is told so by JOB_CANCELLED or LEASE_LOST.
 */
export async function attachWorktree(
  server: Server,
  caller: Caller,
  hold: Hold,
  worktree: Worktree,
): Promise<Attached> {
  const refusal = await transact(server, async tx => {
    const locked = await lockHeld(tx, caller, hold)
    if (locked.job.branch !== worktree.branch) return wrongBranch(locked.job, worktree)
    if (locked.job.status === 'RUNNING') return null
    return (await refuse(tx, locked)) ?? attach(server, tx, locked, worktree)
  })
  if (refusal) throw refusal
  return readAttached(server.pool, hold.jobId)
}

function wrongBranch(job: Job, worktree: Worktree): AppError {
  return new AppError('GIT_FAILED', `The worktree is on ${worktree.branch}, but the job's branch is ${job.branch}.`)
}

/** Ends or requeues a job that may not be attached, and says why; null when it may. */
async function refuse(tx: Tx, locked: LockedJob): Promise<AppError | null> {
  const { job, run } = locked
  if (job.cancelRequestedAt) {
    await finishJob(tx, locked, 'CANCELLED')
    return new AppError('JOB_CANCELLED', `Job ${job.id} was cancelled.`)
  }
  if (run && !isRunWorkable(run.status)) {
    const error = `Its run is ${run.status.toLowerCase()}.`
    const { status } = await requeueJob(tx, locked, 'GIVEN_BACK', { error, claimToken: null })
    const code = status === 'CANCELLED' ? 'JOB_CANCELLED' : 'LEASE_LOST'
    return new AppError(code, `Job ${job.id} cannot be worked on now. ${error}`)
  }
  if (job.retryCount >= job.maxAttempts) {
    await finishJob(tx, locked, 'FAILED', { error: attemptsMade(job.retryCount), headSha: null })
    return new AppError('LEASE_LOST', `Job ${job.id} has had all its attempts and its last delivery never arrived.`)
  }
  return null
}

/** Says why not when nothing of the job is left to do. */
async function attach(server: Server, tx: Tx, locked: LockedJob, worktree: Worktree): Promise<AppError | null> {
  const { job, run } = locked
  const work = await readWork(tx.client, job.id)
  if (!work || !job.hostId) throw new AppError('INTERNAL_ERROR', `Job ${job.id} has lost its context.`)
  const begun = await KIND_RULES[job.kind].begin(tx, locked, work, worktree.baseSha)
  if (!begun) {
    const error = 'Nothing was left to do when an agent came to it.'
    await finishJob(tx, locked, 'SKIPPED', { error })
    return new AppError('LEASE_LOST', `Job ${job.id} has ended. ${error}`)
  }
  const wishes = { ...work.job, ...work.product, requiresOpus: begun.requiresOpus }
  const running = await moveJob(tx.client, job, 'RUNNING', {
    ...NOTHING_DELIVERED,
    attachedAt: CLOCK,
    activeAt: CLOCK,
    leaseUntil: inSeconds(leaseSecondsFor(server, worktree.silentSeconds)),
    baseSha: begun.baseSha,
    config: resolveAgentSettings(job.kind, wishes, worktree.overrides),
  })
  const attempt = { jobId: job.id, claimNo: job.claimNo, hostId: job.hostId }
  await insertAttempt(tx.client, { ...attempt, worktreePath: worktree.path, baseSha: worktree.baseSha })
  tx.changed(jobChange(running))
  tx.tell(running, 'BEGUN', `Begun at ${shortSha(worktree.baseSha)} of ${worktree.branch}, in ${worktree.path}.`)
  if (run?.status === 'QUEUED') await changeRun(tx, run, 'RUNNING')
  await markBegun(tx.client, job)
  return null
}

/** An earlier delivery that never reached origin: nothing of it passes for this attempt. */
const NOTHING_DELIVERED = {
  headSha: null,
  pushedAt: null,
  verifyResult: null,
  verifyReasoning: null,
  verifiedSha: null,
  checks: null,
  summary: null,
  startedAt: null,
} as const

/** The whole context of an attached job. */
export async function readAttached(on: Queryable, jobId: string): Promise<Attached> {
  const work = await readWork(on, jobId)
  if (!work) throw new AppError('INTERNAL_ERROR', `Job ${jobId} has lost its context.`)
  const earlierAttempts = await listEarlierAttempts(on, jobId, work.job.claimNo)
  return { work, earlierAttempts, executions: await readSprintWork(on, jobId) }
}
