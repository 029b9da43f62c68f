import { z } from 'zod'
import { TOKEN_SCOPES } from '../domain/permissions.ts'
import { Id, Instant } from './fields.ts'

/** A token as its owner looks at it: never its secret, which is shown once, nor the hash of it. */
export const TokenView = z.object({
  id: Id,
  name: z.string(),
  scopes: z.array(z.enum(TOKEN_SCOPES)),
  product_ids: z.array(Id).nullable().describe('null: all products of its user'),
  worker: z.boolean().describe('Claims the jobs of every member of its products'),
  created_at: Instant,
  expires_at: Instant.nullable(),
  revoked_at: Instant.nullable(),
})
export type TokenView = z.infer<typeof TokenView>
