import { and, eq } from 'drizzle-orm'
import type { Caller } from '../../../domain/permissions.ts'
import { TOKEN_SCOPES, type TokenScope } from '../../../domain/permissions.ts'
import { orm, type Queryable } from '../database.ts'
import { CLOCK } from '../schema/columns.ts'
import { apiTokens, users } from '../schema.ts'

/** The caller behind the hash of a token's secret; null when it is unknown, revoked or expired. */
export async function readCaller(on: Queryable, secretHash: string): Promise<Caller | null> {
  const { rows } = await on.query<CallerRow>({ name: 'read-caller', text: READ_CALLER, values: [secretHash] })
  const [row] = rows
  if (!row) return null
  return {
    tokenId: row.id,
    userId: row.user_id,
    scopes: row.scopes.filter(isScope),
    productIds: row.product_ids,
    isDemo: row.is_demo,
  }
}

const READ_CALLER = `
  select t.id, t.user_id, t.scopes, t.product_ids, u.is_demo
    from api_tokens t join users u on u.id = t.user_id
   where t.secret_hash = $1 and t.revoked_at is null and (t.expires_at is null or t.expires_at > scrum4me_now())`

interface CallerRow {
  id: string
  user_id: string
  scopes: string[]
  product_ids: string[] | null
  is_demo: boolean
}

function isScope(word: string): word is TokenScope {
  return TOKEN_SCOPES.some(scope => scope === word)
}

/** Keeps a token by its hash. */
export async function insertToken(on: Queryable, token: typeof apiTokens.$inferInsert): Promise<void> {
  await orm(on).insert(apiTokens).values(token)
}

/** Ends a token of the user at once; false when the user has no such token. */
export async function revokeToken(on: Queryable, userId: string, tokenId: string): Promise<boolean> {
  const rows = await orm(on)
    .update(apiTokens)
    .set({ revokedAt: CLOCK })
    .where(and(eq(apiTokens.id, tokenId), eq(apiTokens.userId, userId)))
    .returning({ id: apiTokens.id })
  return rows.length > 0
}

/** Adds a person. */
export async function insertUser(on: Queryable, user: typeof users.$inferInsert): Promise<void> {
  await orm(on).insert(users).values(user)
}

/** The first person of this database, who owns what `scrum4me up` makes; null in a new one. */
export async function readFirstUser(on: Queryable): Promise<{ id: string; name: string } | null> {
  const [row] = await orm(on)
    .select({ id: users.id, name: users.name })
    .from(users)
    .where(eq(users.isDemo, false))
    .orderBy(users.createdAt, users.id)
    .limit(1)
  return row ?? null
}

/** The name of a user. */
export async function readUserName(on: Queryable, userId: string): Promise<string | null> {
  const [row] = await orm(on).select({ name: users.name }).from(users).where(eq(users.id, userId))
  return row?.name ?? null
}
