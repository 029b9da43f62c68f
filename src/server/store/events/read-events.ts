import { and, asc, eq, lt, sql } from 'drizzle-orm'
import type { Caller } from '../../../domain/permissions.ts'
import { orm, type Queryable } from '../database.ts'
import { readableProducts } from '../products/readable.ts'
import { inSeconds } from '../schema/columns.ts'
import { events } from '../schema.ts'

export type Event = typeof events.$inferSelect

/** A place in the outbox: everything up to one event of one transaction. */
export interface EventCursor {
  xactId: string
  id: bigint
}

/**
 * The next events of products that the caller can read, in order. Only of transactions before which none is open any
 * longer, so that nothing commits behind a reader's back.
 */
export async function readEvents(
  on: Queryable,
  caller: Caller,
  { after, productId, limit }: { after: EventCursor; productId: string | null; limit: number },
): Promise<Event[]> {
  return orm(on)
    .select()
    .from(events)
    .where(
      and(
        sql`(${events.xactId}, ${events.id}) > (${after.xactId}::xid8, ${after.id}::bigint)`,
        sql`${events.xactId} < pg_snapshot_xmin(pg_current_snapshot())`,
        readableProducts(caller, events.productId),
        productId ? eq(events.productId, productId) : undefined,
      ),
    )
    .orderBy(asc(events.xactId), asc(events.id))
    .limit(limit)
}

/** The place after everything that has happened for certain. */
export async function readPresent(on: Queryable): Promise<EventCursor> {
  const { rows } = await on.query<{ xact: string }>('select pg_snapshot_xmin(pg_current_snapshot())::text as xact')
  return { xactId: rows[0]?.xact ?? '0', id: 0n }
}

/**
 * Makes a database that was moved here from another cluster readable: its events carry numbers of transactions that this
 * cluster has yet to give out, and would be held back until then. All of them are settled, so that their ids keep them in
 * order.
 */
export async function adoptMovedEvents(on: Queryable): Promise<void> {
  await on.query(
    `update events set xact_id = '0'
      where exists (select from events where xact_id > pg_snapshot_xmax(pg_current_snapshot()))`,
  )
}

/** Forgets the events that are older than so many seconds. */
export async function forgetEvents(on: Queryable, olderThanSeconds: number): Promise<void> {
  await orm(on)
    .delete(events)
    .where(lt(events.createdAt, inSeconds(-olderThanSeconds)))
}
