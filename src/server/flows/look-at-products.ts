import type { Caller } from '../../domain/permissions.ts'
import { listProducts, type Product } from '../store/products/products.ts'
import type { Server } from './server-context.ts'

/** The caller's products that are not archived, by name. */
export async function findProducts(server: Server, caller: Caller): Promise<Product[]> {
  return listProducts(server.pool, caller)
}
