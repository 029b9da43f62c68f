import type { Caller } from '../../domain/permissions.ts'
import { listProducts, type Product } from '../store/products/products.ts'
import type { Server } from './server-context.ts'

/** The caller's products by name: those that are archived, or those that are not. */
export async function findProducts(server: Server, caller: Caller, isArchived: boolean): Promise<Product[]> {
  return listProducts(server.pool, caller, isArchived)
}
