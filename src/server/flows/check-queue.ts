import type { Caller } from '../../domain/permissions.ts'
import { readHostName } from '../store/hosts/hosts.ts'
import { countQueue, type QueueCount } from '../store/jobs/count-queue.ts'
import { assertProduct } from './assert-product.ts'
import type { Server } from './server-context.ts'

/**
 * What the caller could claim, on one of its hosts if one is named, what is held up and why, and what is at work; by
 * the predicate of the claim itself.
 */
export async function checkQueue(
  server: Server,
  caller: Caller,
  { productId, hostId }: { productId: string | null; hostId: string | null },
): Promise<QueueCount[]> {
  if (productId) await assertProduct(server, caller, productId)
  // A host that never waited for work is barred from nothing, and so is nobody's.
  const isTheirs = hostId !== null && (await readHostName(server.pool, caller.userId, hostId)) !== null
  const hostIds = isTheirs ? [hostId] : []
  const scope = { userIds: caller.worksFor, hostIds, productIds: caller.productIds, productId }
  return countQueue(server.pool, scope)
}
