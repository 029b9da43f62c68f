import { isRunWorkable } from '../../domain/sprint-run-lifecycle.ts'
import { readAttempt, reopenAttempt } from '../store/attempts/attempts.ts'
import { violatesUnique } from '../store/database-error.ts'
import type { Job, LockedJob } from '../store/jobs/lock-job.ts'
import { moveJob } from '../store/jobs/move-job.ts'
import { CLOCK } from '../store/schema/columns.ts'
import { type Hold, lostHold } from './hold.ts'
import { jobChange } from './job-change.ts'
import { KIND_RULES } from './kinds/index.ts'
import type { Tx } from './transact.ts'

export interface LapsedTaker {
  workerId: string
  tokenId: string
  /** The end of the new lease. */
  leaseUntil: NonNullable<Parameters<typeof moveJob>[3]>['leaseUntil']
}

/**
 * Makes a claim live again whose lease had ended, as if it had not: nobody has claimed the job since, its worktree has
 * not been cleaned up and its run goes on. Otherwise LEASE_LOST; so too, by the unique index, when another job has taken
 * the lane.
 */
export async function takeUpLapsed(tx: Tx, { job, run }: LockedJob, hold: Hold, taker: LapsedTaker): Promise<Job> {
  const attempt = await readAttempt(tx.client, job.id, job.claimNo)
  const isNext = job.status === 'QUEUED' && job.claimToken === hold.claimToken && attempt?.outcome === 'LAPSED'
  if (!isNext || attempt.cleanedAt || (run && !isRunWorkable(run.status))) throw lostHold(job, hold)
  try {
    const claimed = await moveJob(tx.client, job, 'CLAIMED', {
      workerId: taker.workerId,
      claimedByTokenId: taker.tokenId,
      hostId: attempt.hostId,
      leaseUntil: taker.leaseUntil,
      notBefore: null,
      error: null,
      retryCount: Math.max(0, job.retryCount - 1),
    })
    const running = await moveJob(tx.client, claimed, 'RUNNING', { attachedAt: attempt.attachedAt, activeAt: CLOCK })
    await reopenAttempt(tx.client, attempt)
    tx.changed(jobChange(running))
    tx.tell(running, 'RESUMED', 'Its agent came back after the lease had ended, before anybody else: it goes on.')
    await KIND_RULES[job.kind].takeUp(tx, job)
    return running
  } catch (error) {
    throw violatesUnique(error, 'claude_jobs_one_per_lane') ? lostHold(job, hold) : error
  }
}
