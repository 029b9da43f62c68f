import type { TokenView } from '../../../contract/token.ts'
import type { TokenRow } from '../../store/tokens/list-tokens.ts'
import { iso } from './words.ts'

export function tokenView(token: TokenRow): TokenView {
  return {
    id: token.id,
    name: token.name,
    scopes: token.scopes,
    product_ids: token.productIds,
    worker: token.isWorker,
    created_at: iso(token.createdAt),
    expires_at: iso(token.expiresAt),
    revoked_at: iso(token.revokedAt),
  }
}
