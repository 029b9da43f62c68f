import { judgeLapse, setupBackOffSeconds } from '../../domain/attempts.ts'
import { isRunEnded } from '../../domain/sprint-run-lifecycle.ts'
import { listForsakenJobs, readForsaken } from '../store/attempts/bars.ts'
import { type LockedJob, lockJob } from '../store/jobs/lock-job.ts'
import { listStaleJobs, readStaleness } from '../store/jobs/stale-jobs.ts'
import { inSeconds } from '../store/schema/columns.ts'
import { REAPER_LOCK, withAdvisoryLock } from '../store/with-advisory-lock.ts'
import { finishJob } from './finish-job.ts'
import { noHostCanTake } from './give-back-claim.ts'
import { requeueJob } from './requeue-job.ts'
import type { Server } from './server-context.ts'
import { tellStalls } from './tell-stalls.ts'
import { type Tx, transact } from './transact.ts'

const BATCH = 200

/**
 * Requeues, fails or cancels every job whose lease has ended, and fails those that overran or that no live host may take,
 * each in a transaction of its own with all that hangs on it, and tells of stalled ones. One server at a time; null when
 * another is at it. Returns the ids that it settled.
 */
export async function reapStaleJobs(server: Server): Promise<string[] | null> {
  const { hostAliveSeconds } = server.settings
  return withAdvisoryLock(server.pool, REAPER_LOCK, async () => {
    const stale = await settleEach(server, await listStaleJobs(server.pool, BATCH), reapJob)
    const forsaken = await settleEach(
      server,
      await listForsakenJobs(server.pool, hostAliveSeconds, BATCH),
      (tx, jobId) => failForsaken(tx, jobId, hostAliveSeconds),
    )
    await tellStalls(server)
    return [...new Set([...stale, ...forsaken])]
  })
}

async function settleEach(
  server: Server,
  jobIds: readonly string[],
  settle: (tx: Tx, jobId: string) => Promise<boolean>,
): Promise<string[]> {
  const settled: string[] = []
  for (const jobId of jobIds) {
    try {
      if (await transact(server, tx => settle(tx, jobId))) settled.push(jobId)
    } catch (error) {
      server.log.error({ err: error, jobId }, 'a stale job could not be settled; the next round tries again')
    }
  }
  return settled
}

/** A host for which a barred job waited has gone away since; one may have come until the locks are had. */
async function failForsaken(tx: Tx, jobId: string, hostAliveSeconds: number): Promise<boolean> {
  const locked = await lockJob(tx.client, jobId)
  const reason = locked && (await readForsaken(tx.client, jobId, hostAliveSeconds))
  if (!reason) return false
  await finishJob(tx, locked, 'FAILED', { error: noHostCanTake(reason) })
  return true
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
