import { judgeLapse, setupBackOffSeconds } from '../../domain/attempts.ts'
import { isRunEnded } from '../../domain/sprint-run-lifecycle.ts'
import { type LockedJob, lockJob } from '../store/jobs/lock-job.ts'
import { listStaleJobs, readStaleness } from '../store/jobs/stale-jobs.ts'
import { inSeconds } from '../store/schema/columns.ts'
import { REAPER_LOCK, withAdvisoryLock } from '../store/with-advisory-lock.ts'
import { finishJob } from './finish-job.ts'
import { requeueJob } from './requeue-job.ts'
import type { Server } from './server-context.ts'
import { tellStalls } from './tell-stalls.ts'
import { type Tx, transact } from './transact.ts'

const BATCH = 200

/**
 * Requeues, fails or cancels every job whose lease has ended, and fails those that overran, each in a transaction of its
 * own with all that hangs on it, and tells of stalled ones. One server at a time; null when another is at it. Returns the ids that it settled.
 */
export async function reapStaleJobs(server: Server): Promise<string[] | null> {
  return withAdvisoryLock(server.pool, REAPER_LOCK, async () => {
    const settled: string[] = []
    for (const jobId of await listStaleJobs(server.pool, BATCH)) {
      try {
        if (await transact(server, tx => reapJob(tx, jobId))) settled.push(jobId)
      } catch (error) {
        server.log.error({ err: error, jobId }, 'a stale job could not be settled; the next round tries again')
      }
    }
    await tellStalls(server)
    return settled
  })
}

/** Looks again under the locks, because the holder may renew until then. */
async function reapJob(tx: Tx, jobId: string): Promise<boolean> {
  const locked = await lockJob(tx.client, jobId)
  const staleness = locked && (await readStaleness(tx.client, jobId))
  if (!staleness) return false
  if (staleness === 'LAPSED') await settleLapsed(tx, locked)
  else await finishJob(tx, locked, 'FAILED', { error: overran(locked) })
  return true
}

function overran({ job }: LockedJob): string {
  return `Ended because its agent was at work for more than ${job.config?.maxRunMinutes} minutes. Its work is kept.`
}

async function settleLapsed(tx: Tx, locked: LockedJob): Promise<void> {
  const { job, run } = locked
  const verdict = judgeLapse({
    attached: job.attachedAt !== null,
    delivered: job.headSha !== null,
    runEnded: run !== null && isRunEnded(run.status),
    retryCount: job.retryCount,
    maxAttempts: job.maxAttempts,
    setupFailures: job.setupFailures,
  })
  if (verdict.to === 'CANCELLED') {
    await finishJob(tx, locked, 'CANCELLED', { error: 'The lease ended after its run had.' })
    return
  }
  const counted =
    verdict.charge === 'attempt' ? { retryCount: job.retryCount + 1 } : { setupFailures: job.setupFailures + 1 }
  if (verdict.to === 'FAILED') {
    await finishJob(tx, locked, 'FAILED', { ...counted, error: verdict.error })
    return
  }
  const pause = verdict.charge === 'setup' ? inSeconds(setupBackOffSeconds(job.setupFailures)) : null
  await requeueJob(tx, locked, 'LAPSED', { ...counted, notBefore: pause, error: 'The lease ended without a report.' })
}
