import { and, asc, eq, getTableColumns } from 'drizzle-orm'
import { isTokenScope } from '../../../domain/permissions.ts'
import { orm, type Queryable } from '../database.ts'
import { apiTokens } from '../schema.ts'

export type TokenRow = Awaited<ReturnType<typeof listTokens>>[number]

/** The user's tokens, oldest first, or the one with an id; their hashes stay in the database. */
export async function listTokens(on: Queryable, userId: string, tokenId?: string) {
  const { secretHash: _hash, userId: _owner, ...shown } = getTableColumns(apiTokens)
  const rows = await orm(on)
    .select(shown)
    .from(apiTokens)
    .where(and(eq(apiTokens.userId, userId), tokenId === undefined ? undefined : eq(apiTokens.id, tokenId)))
    .orderBy(asc(apiTokens.createdAt), asc(apiTokens.id))
  return rows.map(row => ({ ...row, scopes: row.scopes.filter(isTokenScope) }))
}
