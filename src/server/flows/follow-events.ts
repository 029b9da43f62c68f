import type { Caller } from '../../domain/permissions.ts'
import { type Event, type EventCursor, readEvents, readPresent } from '../store/events/read-events.ts'
import { isTokenGood } from '../store/tokens/tokens.ts'
import { assertProduct } from './assert-product.ts'
import { BadToken } from './authenticate.ts'
import type { Server } from './server-context.ts'

export interface EventWish {
  productId: string | null
  after: EventCursor | null
}

const MOST_AT_ONCE = 500

/**
 * Everything that happens in the products that the caller can read, once and in order, from now on or after a place
 * where an earlier reading ended. Ends with the signal or the server, and with BadToken when the token does.
 */
export async function followEvents(
  server: Server,
  caller: Caller,
  wish: EventWish,
  signal: AbortSignal,
): Promise<AsyncGenerator<Event>> {
  if (wish.productId) await assertProduct(server, caller, wish.productId)
  return tell(server, caller, wish, signal)
}

async function* tell(
  server: Server,
  caller: Caller,
  { productId, after }: EventWish,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  const bell = server.bell.listen()
  try {
    let cursor = after ?? (await readPresent(server.pool))
    while (!signal.aborted && !server.bell.closed) {
      const events = await readEvents(server.pool, caller, { after: cursor, productId, limit: MOST_AT_ONCE })
      for (const event of events) {
        yield event
        cursor = event
      }
      if (events.length === MOST_AT_ONCE) continue
      await bell.next(server.settings.eventPollSeconds * 1000, signal)
      if (!(await isTokenGood(server.pool, caller.tokenId))) throw new BadToken()
    }
  } finally {
    bell.close()
  }
}
