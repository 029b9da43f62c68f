import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { readProduct } from '../store/products/products.ts'
import type { Server } from './server-context.ts'

/** NOT_FOUND unless the caller may see the product. */
export async function assertProduct(server: Server, caller: Caller, productId: string): Promise<void> {
  if (!(await readProduct(server.pool, caller, productId)))
    throw new AppError('NOT_FOUND', `There is no product ${productId}.`, { hint: 'list_products shows what there is.' })
}
