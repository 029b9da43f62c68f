import { isHeld } from '../../domain/job-lifecycle.ts'
import { AGENT_SCOPES, assertMay, type Caller, type TokenScope } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { lockJob } from '../store/jobs/lock-job.ts'
import { listHeldByToken } from '../store/jobs/standing.ts'
import { readProduct } from '../store/products/products.ts'
import { listTokens, type TokenRow } from '../store/tokens/list-tokens.ts'
import { revokeToken as revokeStored } from '../store/tokens/tokens.ts'
import { issueToken } from './authenticate.ts'
import { finishJob } from './finish-job.ts'
import type { Server } from './server-context.ts'
import { type Tx, transact } from './transact.ts'

export interface TokenWish {
  name: string
  scopes: readonly TokenScope[] | null
  productIds: readonly string[] | null
  isWorker: boolean
  expiresInDays: number | null
}

const DAY_SECONDS = 24 * 60 * 60

/** Makes a further token for the caller's user: an agent's scopes unless others are wanted, never wider or longer than the caller's. */
export async function createToken(server: Server, caller: Caller, wish: TokenWish) {
  const scopes = wish.scopes ?? (wish.isWorker ? WORKER_SCOPES : AGENT_SCOPES)
  if (wish.isWorker) assertWorker(wish, scopes)
  for (const scope of scopes) assertMay(caller, scope)
  const productIds = wish.productIds ?? caller.productIds
  for (const id of productIds ?? []) {
    if (!(await readProduct(server.pool, caller, id))) throw new AppError('NOT_FOUND', `There is no product ${id}.`)
  }
  const lifeSeconds = wish.expiresInDays && wish.expiresInDays * DAY_SECONDS
  const made = await issueToken(server, {
    userId: caller.userId,
    name: wish.name,
    scopes,
    productIds,
    isWorker: wish.isWorker,
    lifeSeconds,
    madeByTokenId: caller.tokenId,
  })
  return { ...made, name: wish.name, scopes: [...scopes] }
}

const WORKER_SCOPES = ['read', 'work'] as const satisfies readonly TokenScope[]

/** Whoever has it acts for others, so it names its products and does nothing but their jobs. */
function assertWorker({ productIds }: TokenWish, scopes: readonly TokenScope[]): void {
  if (!productIds) throw new AppError('VALIDATION_ERROR', 'A worker token names the products whose jobs it claims.')
  const wide = scopes.find(scope => scope !== 'read' && scope !== 'work')
  if (wide) throw new AppError('VALIDATION_ERROR', `A worker token has the scopes read and work only, not ${wide}.`)
}

/** All tokens of the caller's user, those that are over included. */
export async function findTokens(server: Server, caller: Caller): Promise<TokenRow[]> {
  return listTokens(server.pool, caller.userId)
}

/** The token that the caller calls with. */
export async function findCurrentToken(server: Server, caller: Caller): Promise<TokenRow> {
  const [token] = await listTokens(server.pool, caller.userId, caller.tokenId)
  if (!token) throw new AppError('PERMISSION_DENIED', 'The token of this call is gone.')
  return token
}

/** Ends one of the user's tokens at once, and with it the claims under it that have delivered nothing yet. */
export async function revokeToken(server: Server, caller: Caller, tokenId: string): Promise<void> {
  await transact(server, async tx => {
    if (!(await revokeStored(tx.client, caller.userId, tokenId)))
      throw new AppError('NOT_FOUND', `There is no token ${tokenId}.`)
    for (const jobId of await listHeldByToken(tx.client, tokenId)) await cancelHeld(tx, jobId)
  })
}

async function cancelHeld(tx: Tx, jobId: string): Promise<void> {
  const locked = await lockJob(tx.client, jobId)
  if (!locked || !isHeld(locked.job.status) || locked.job.headSha) return
  await finishJob(tx, locked, 'CANCELLED', { error: 'The token under which it was claimed was revoked.' })
}
