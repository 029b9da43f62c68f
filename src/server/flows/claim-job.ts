import { isHeld } from '../../domain/job-lifecycle.ts'
import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { touchWorker } from '../store/hosts/hosts.ts'
import type { ClaimedJob } from '../store/jobs/claim-next-jobs.ts'
import { readHeldJob } from '../store/jobs/read-held-job.ts'
import { readWork, type Work } from '../store/jobs/read-work.ts'
import type { RecordedChange } from '../store/record-events.ts'
import { isTokenGood } from '../store/tokens/tokens.ts'
import { assertProduct } from './assert-product.ts'
import { releaseJobs } from './release-jobs.ts'
import type { Server } from './server-context.ts'

export interface ClaimWish {
  workerId: string
  productId: string | null
  waitMs: number
}

/**
 * Waits up to `waitMs` for a job that the caller may claim and offers it to the worker; null when the time is up. A
 * worker that lost the answer is offered the same job again; one that is at work gets CONFLICT.
 */
export async function claimJob(
  server: Server,
  caller: Caller,
  wish: ClaimWish,
  signal?: AbortSignal,
): Promise<Work | null> {
  const hostId = await touchWorker(server.pool, caller.userId, wish.workerId)
  if (!hostId)
    throw new AppError('NOT_FOUND', `There is no worker ${wish.workerId}.`, { hint: 'Register the host again.' })
  const held = await readHeldJob(server.pool, caller.worksFor, wish.workerId)
  if (held?.status === 'RUNNING') throw new AppError('CONFLICT', `This worker is at work on job ${held.id}.`)
  const offered = held && (await readOffered(server, held.id))
  if (offered) {
    server.dispatcher.keep(wish.workerId)
    return offered
  }
  if (wish.productId) await assertProduct(server, caller, wish.productId)

  const scope = { userIds: caller.worksFor, productIds: caller.productIds, productId: wish.productId }
  const claimant = { workerId: wish.workerId, hostId, tokenId: caller.tokenId }
  const limits = { waitMs: wish.waitMs, ...(signal && { signal }) }
  const job = await server.dispatcher.wait(scope, claimant, limits)
  if (!job) return null
  server.announcer.announce([claimedChange(job)])
  const [refusal, work] = await Promise.all([
    refusalAfterWait(server, caller, job.productId, signal),
    readOffered(server, job.id),
  ])
  if (!refusal) return work
  await releaseJobs(server, [job])
  throw refusal
}

/** What a worker is offered; null when the job was cancelled at this moment. */
async function readOffered(server: Server, jobId: string): Promise<Work | null> {
  const work = await readWork(server.pool, jobId)
  return work && isHeld(work.job.status) ? work : null
}

/** The event that the claim itself has written. */
function claimedChange(job: ClaimedJob): RecordedChange {
  const { id: jobId, eventId, userId, productId, taskId, sprintRunId } = job
  const refs = { productId, jobId, ...(taskId && { taskId }), ...(sprintRunId && { sprintRunId }) }
  return { type: 'claude_job_status', status: 'claimed', eventId, userId, ...refs }
}

/** Much can happen while somebody waits: the caller may be gone by now, or have left the product, or its token be revoked. */
async function refusalAfterWait(
  server: Server,
  caller: Caller,
  productId: string,
  signal?: AbortSignal,
): Promise<AppError | null> {
  const isGood = await isTokenGood(server.pool, caller.tokenId, productId)
  if (signal?.aborted) return new AppError('ABORTED', 'The wait was cancelled.')
  return isGood
    ? null
    : new AppError('PERMISSION_DENIED', 'The token was revoked or has expired, or its user left the product.')
}
