import type { Caller } from '../../domain/permissions.ts'
import type { Pbi } from '../store/backlog/insert-items.ts'
import { listPbis } from '../store/backlog/list-pbis.ts'
import { assertProduct } from './assert-product.ts'
import type { Server } from './server-context.ts'

/** The PBIs of a product that the caller can reach, in their order. */
export async function findPbis(server: Server, caller: Caller, productId: string): Promise<Pbi[]> {
  await assertProduct(server, caller, productId)
  return listPbis(server.pool, caller, productId)
}
