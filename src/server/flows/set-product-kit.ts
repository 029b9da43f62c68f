import type { Kit } from '../../domain/kit.ts'
import type { Caller } from '../../domain/permissions.ts'
import { updateProduct } from '../store/products/products.ts'
import { unknownProduct } from './assert-product.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

/**
 * Says what the worktrees of a product need where its repository does not; the whole kit at once, for claims from now on.
 * The event names who did it: the commands run on hosts of others. NOT_FOUND unless the caller may see the product.
 */
export async function setProductKit(server: Server, caller: Caller, productId: string, kit: Kit): Promise<void> {
  await transact(server, async tx => {
    if (!(await updateProduct(tx.client, caller, productId, { kit }))) throw unknownProduct(productId)
    tx.changed({ type: 'product_kit', userId: caller.userId, productId })
  })
}
