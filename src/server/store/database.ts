import { drizzle } from 'drizzle-orm/node-postgres'
import type { Pool, PoolClient } from 'pg'

export type { Pool, PoolClient }

/** Whatever runs a statement: the pool for a single one, a client inside a transaction. */
export type Queryable = Pool | PoolClient

const instances = new WeakMap<Queryable, ReturnType<typeof build>>()

/** The query builder on a client or pool, made once for each. */
export function orm(on: Queryable): ReturnType<typeof build> {
  const known = instances.get(on)
  if (known) return known
  const made = build(on)
  instances.set(on, made)
  return made
}

const statements = new WeakMap<Queryable, Map<string, unknown>>()

/**
 * A query of the builder that is built once for each connection, or pool, and prepared under its name: building
 * them anew was nearly half of what calls cost Node. What differs from call to call is a placeholder in it.
 */
export function prepared<Statement>(
  on: Queryable,
  name: string,
  query: (db: ReturnType<typeof build>) => { prepare(name: string): Statement },
): Statement {
  const known = statements.get(on) ?? new Map<string, unknown>()
  statements.set(on, known)
  const statement = known.get(name) ?? query(orm(on)).prepare(name)
  known.set(name, statement)
  return statement as Statement
}

function build(on: Queryable) {
  return drizzle(on, { casing: 'snake_case' })
}
