import type { Caller } from '../../domain/permissions.ts'
import { countQueue, type QueueCount } from '../store/jobs/count-queue.ts'
import { assertProduct } from './assert-product.ts'
import type { Server } from './server-context.ts'

/** What the caller could claim, what is held up and why, and what is at work; by the predicate of the claim itself. */
export async function checkQueue(server: Server, caller: Caller, productId: string | null): Promise<QueueCount[]> {
  if (productId) await assertProduct(server, caller, productId)
  return countQueue(server.pool, { userIds: caller.worksFor, hostId: null, productIds: caller.productIds, productId })
}
