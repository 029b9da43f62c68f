import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { touchWorker } from '../store/hosts/hosts.ts'
import { readHeldJob } from '../store/jobs/read-held-job.ts'
import { readWork, type Work } from '../store/jobs/read-work.ts'
import { readProduct } from '../store/products/products.ts'
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
  const held = await readHeldJob(server.pool, caller.userId, wish.workerId)
  if (held?.status === 'RUNNING') throw new AppError('CONFLICT', `This worker is at work on job ${held.id}.`)
  if (held) return readWork(server.pool, held.id)
  if (wish.productId) await assertProduct(server, caller, wish.productId)

  const scope = { userId: caller.userId, hostId, productIds: caller.productIds, productId: wish.productId }
  const claimant = { workerId: wish.workerId, hostId, tokenId: caller.tokenId }
  const limits = { waitMs: wish.waitMs, ...(signal && { signal }) }
  const job = await server.dispatcher.wait(scope, claimant, limits)
  if (!job) return null
  if (signal?.aborted) {
    await releaseJobs(server, [job])
    throw new AppError('ABORTED', 'The wait was cancelled.')
  }
  return readWork(server.pool, job.id)
}

async function assertProduct(server: Server, caller: Caller, productId: string): Promise<void> {
  if (!(await readProduct(server.pool, caller, productId)))
    throw new AppError('NOT_FOUND', `There is no product ${productId}.`, { hint: 'list_products shows what there is.' })
}
