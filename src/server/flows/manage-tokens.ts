import { AGENT_SCOPES, type Caller, type TokenScope } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { readProduct } from '../store/products/products.ts'
import { revokeToken as revokeStored } from '../store/tokens/tokens.ts'
import { issueToken } from './authenticate.ts'
import type { Server } from './server-context.ts'

export interface TokenWish {
  name: string
  scopes: readonly TokenScope[] | null
  productIds: readonly string[] | null
  expiresInDays: number | null
}

const DAY_MS = 24 * 60 * 60 * 1000

/** Makes a further token for the caller's user: an agent's scopes unless others are wanted, never wider than the caller's. */
export async function createToken(server: Server, caller: Caller, wish: TokenWish) {
  const scopes = wish.scopes ?? AGENT_SCOPES
  const productIds = wish.productIds ?? caller.productIds
  for (const id of productIds ?? []) {
    if (!(await readProduct(server.pool, caller, id))) throw new AppError('NOT_FOUND', `There is no product ${id}.`)
  }
  const expiresAt = wish.expiresInDays ? new Date(Date.now() + wish.expiresInDays * DAY_MS) : null
  const made = await issueToken(server, { userId: caller.userId, name: wish.name, scopes, productIds, expiresAt })
  return { ...made, name: wish.name, scopes: [...scopes] }
}

/** Ends one of the user's tokens at once. */
export async function revokeToken(server: Server, caller: Caller, tokenId: string): Promise<void> {
  if (!(await revokeStored(server.pool, caller.userId, tokenId)))
    throw new AppError('NOT_FOUND', `There is no token ${tokenId}.`)
}
