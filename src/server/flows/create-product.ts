import type { Caller } from '../../domain/permissions.ts'
import { checkRepositoryUrl } from '../../domain/repository-url.ts'
import { AppError } from '../../errors.ts'
import { newId } from '../store/new-id.ts'
import { insertProduct, type Product } from '../store/products/products.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

export type NewProduct = Pick<
  Product,
  'name' | 'repoUrl' | 'definitionOfDone' | 'preferredModel' | 'thinkingBudgetDefault' | 'preferredPermissionMode'
>

/** Makes a product whose first member is the caller; a repository URL that no host could use is refused here. */
export async function createProduct(server: Server, caller: Caller, product: NewProduct): Promise<Product> {
  if (caller.productIds)
    throw new AppError('PERMISSION_DENIED', 'This token is for certain products only and makes no new ones.')
  if (product.repoUrl) checkRepositoryUrl(product.repoUrl)
  return transact(server, async tx => {
    const row = await insertProduct(tx.client, { ...product, id: newId('product'), userId: caller.userId })
    tx.changed({ type: 'backlog', userId: caller.userId, productId: row.id })
    return row
  })
}
