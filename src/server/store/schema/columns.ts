import { sql } from 'drizzle-orm'
import { customType, timestamp } from 'drizzle-orm/pg-core'

/** The database's clock, through the one function that a test can move. */
export const CLOCK = sql`scrum4me_now()`

/** A type-prefixed id, compared byte by byte, so that its order is the same in every locale of the database. */
export const id = customType<{ data: string }>({ dataType: () => 'text collate "C"' })

/** A number of a transaction, of the width that does not wrap around. */
export const transactionId = customType<{ data: string }>({ dataType: () => 'xid8' })

/** An instant, read as a Date. */
export const instant = () => timestamp({ withTimezone: true, mode: 'date' })

/** The instant of insertion by the database's clock. */
export const createdAt = () => instant().notNull().default(CLOCK)

/** The SQL list of words for a check constraint: 'A', 'B'. */
export function words(values: readonly string[]) {
  return sql.raw(values.map(value => `'${value}'`).join(', '))
}

/** The instant that lies so many seconds ahead of the database's clock. */
export function inSeconds(seconds: number) {
  return sql`scrum4me_now() + make_interval(secs => ${seconds})`
}
