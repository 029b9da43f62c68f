import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { type Product, readProduct } from '../store/products/products.ts'
import type { Server } from './server-context.ts'

/** The product; NOT_FOUND unless the caller may see it. */
export async function assertProduct(server: Server, caller: Caller, productId: string): Promise<Product> {
  const product = await readProduct(server.pool, caller, productId)
  if (!product) throw unknownProduct(productId)
  return product
}

export function unknownProduct(productId: string): AppError {
  return new AppError('NOT_FOUND', `There is no product ${productId}.`, { hint: 'list_products shows what there is.' })
}
