import type { Caller } from '../../domain/permissions.ts'
import { type Product, type ProductPatch, updateProduct as updateStored } from '../store/products/products.ts'
import { unknownProduct } from './assert-product.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

/** Changes the named settings of a product; NOT_FOUND unless the caller may see it. */
export async function updateProduct(
  server: Server,
  caller: Caller,
  productId: string,
  patch: ProductPatch,
): Promise<Product> {
  return transact(server, async tx => {
    const product = await updateStored(tx.client, caller, productId, patch)
    if (!product) throw unknownProduct(productId)
    tx.changed({ type: 'backlog', userId: caller.userId, productId })
    return product
  })
}
