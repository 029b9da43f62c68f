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

function build(on: Queryable) {
  return drizzle(on, { casing: 'snake_case' })
}
