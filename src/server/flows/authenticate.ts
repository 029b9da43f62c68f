import { createHash, randomBytes } from 'node:crypto'
import type { Caller, TokenScope } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { newId } from '../store/new-id.ts'
import { insertToken, readCaller } from '../store/tokens/tokens.ts'
import type { Server } from './server-context.ts'

export interface TokenRequest {
  userId: string
  name: string
  scopes: readonly TokenScope[]
  productIds: readonly string[] | null
  /** A worker token claims the jobs of every member of its products. */
  isWorker?: boolean
  /** From now on; null for a token that does not expire. */
  lifeSeconds: number | null
  /** The token that it is made with: the new one ends with it at the latest. */
  madeByTokenId?: string
}

/** Nobody stands behind the token, which is another thing than somebody who may not do this. */
export class BadToken extends AppError {
  constructor() {
    super('PERMISSION_DENIED', 'The token is missing, unknown, expired or revoked.', {
      hint: 'Create one with `scrum4me token create` and put it into SCRUM4ME_TOKEN.',
    })
  }
}

/** The caller behind a token; BadToken when it is missing, unknown, expired or revoked, without saying which. */
export async function authenticate(server: Pick<Server, 'pool'>, token: string): Promise<Caller> {
  const caller = token ? await readCaller(server.pool, hashSecret(token)) : null
  if (caller) return caller
  throw new BadToken()
}

/** Makes a token; its secret is returned here and never again, because only its hash is kept. */
export async function issueToken(
  server: Pick<Server, 'pool'>,
  request: TokenRequest,
): Promise<{ id: string; token: string }> {
  const id = newId('token')
  // 256 random bits need no slow hash: there is nothing to guess.
  const token = `s4m_${randomBytes(32).toString('base64url')}`
  await insertToken(server.pool, {
    ...request,
    id,
    secretHash: hashSecret(token),
    scopes: [...request.scopes],
    productIds: request.productIds && [...request.productIds],
  })
  return { id, token }
}

function hashSecret(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
