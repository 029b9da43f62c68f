import { and, eq, sql } from 'drizzle-orm'
import { type Caller, isTokenScope } from '../../../domain/permissions.ts'
import { orm, type PoolClient, type Queryable } from '../database.ts'
import { CLOCK, inSeconds } from '../schema/columns.ts'
import { apiTokens, users } from '../schema.ts'

/** The caller behind the hash of a token's secret; null when it is unknown, revoked or expired. */
export async function readCaller(on: Queryable, secretHash: string): Promise<Caller | null> {
  const { rows } = await on.query<CallerRow>({ name: 'read-caller', text: READ_CALLER, values: [secretHash] })
  const [row] = rows
  if (!row) return null
  return {
    tokenId: row.id,
    userId: row.user_id,
    scopes: row.scopes.filter(isTokenScope),
    productIds: row.product_ids,
    isDemo: row.is_demo,
    worksFor: row.works_for ?? [row.user_id],
  }
}

const GOOD = 't.revoked_at is null and (t.expires_at is null or t.expires_at > scrum4me_now())'

/** A worker token is good for no product that its own user has left. */
const READ_CALLER = `
  select t.id, t.user_id, t.scopes, u.is_demo, reach.product_ids,
    case when t.is_worker then array(
      select distinct m.user_id::text from product_members m where m.product_id = any(reach.product_ids) order by 1) end as works_for
    from api_tokens t join users u on u.id = t.user_id
   cross join lateral (select case when t.is_worker then array(
      select m.product_id::text from product_members m
       where m.product_id = any(t.product_ids) and m.user_id = t.user_id order by 1) else t.product_ids end as product_ids) reach
   where t.secret_hash = $1 and ${GOOD}`

interface CallerRow {
  id: string
  user_id: string
  scopes: string[]
  product_ids: string[] | null
  is_demo: boolean
  works_for: string[] | null
}

type NewToken = Omit<typeof apiTokens.$inferInsert, 'expiresAt'> & {
  lifeSeconds: number | null
  /** The token that it was made with, which it does not outlive. */
  madeByTokenId?: string | null
}

/** Keeps a token by its hash. */
export async function insertToken(
  on: Queryable,
  { lifeSeconds, madeByTokenId = null, ...token }: NewToken,
): Promise<void> {
  const wanted = lifeSeconds === null ? sql`null::timestamptz` : inSeconds(lifeSeconds)
  const expiresAt = sql`least(${wanted}, (select expires_at from ${apiTokens} where id = ${madeByTokenId}))`
  await orm(on)
    .insert(apiTokens)
    .values({ ...token, expiresAt })
}

/** Whether a token is good at this moment; and, if one is named, for a product. */
export async function isTokenGood(on: Queryable, tokenId: string, productId: string | null = null): Promise<boolean> {
  const { rows } = await on.query<{ good: boolean }>({
    name: 'is-token-good',
    text: `select exists (select 1 from api_tokens t where t.id = $1 and ${GOOD} and ($2::text is null
             or exists (select 1 from product_members m where m.product_id = $2 and m.user_id = t.user_id))) as good`,
    values: [tokenId, productId],
  })
  return rows[0]?.good ?? false
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

/** Keeps others from adding a person until the transaction ends. */
export async function lockUsers(client: PoolClient): Promise<void> {
  await client.query('lock table users in share row exclusive mode')
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
