import type { Caller } from '../../domain/permissions.ts'
import { checkRepositoryUrl } from '../../domain/repository-url.ts'
import { AppError } from '../../errors.ts'
import {
  hasLiveJobs,
  type Product,
  type ProductPatch,
  updateProduct as updateStored,
} from '../store/products/products.ts'
import { unknownProduct } from './assert-product.ts'
import type { Server } from './server-context.ts'
import { type Tx, transact } from './transact.ts'

/**
 * Changes the named settings of a product; NOT_FOUND unless the caller may see it. Another repository is a CONFLICT while
 * jobs are queued or at work, whose lanes are in the old one. Archiving ends claims by their next call.
 */
export async function updateProduct(
  server: Server,
  caller: Caller,
  productId: string,
  patch: ProductPatch,
): Promise<Product> {
  if (patch.repoUrl) checkRepositoryUrl(patch.repoUrl)
  return transact(server, async tx => {
    const product = await updateStored(tx.client, caller, productId, patch)
    if (!product) throw unknownProduct(productId)
    if (patch.repoUrl !== undefined) await assertIdle(tx, product)
    tx.changed({ type: 'backlog', userId: caller.userId, productId })
    return product
  })
}

async function assertIdle(tx: Tx, { id, name }: Product): Promise<void> {
  if (!(await hasLiveJobs(tx.client, id))) return
  throw new AppError('CONFLICT', `Jobs of ${name} are queued or at work in its present repository.`, {
    hint: 'Wait for their end, or cancel them first; list_jobs shows them.',
  })
}
