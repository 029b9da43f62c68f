import { withEventMeta } from '@orpc/server'
import type { z } from 'zod'
import { EventId, type EventView } from '../../contract/events.ts'
import { AppError } from '../../errors.ts'
import { followEvents } from '../flows/follow-events.ts'
import type { Server } from '../flows/server-context.ts'
import type { Event, EventCursor } from '../store/events/read-events.ts'
import type { ApiBase } from './base.ts'
import { iso } from './views/words.ts'

/** What happens, as it happens. */
export function eventProcedures(server: Server, { base, reads }: ApiBase) {
  return {
    follow: base.events.follow.use(reads).handler(async ({ input, context, signal, lastEventId }) => {
      const wish = { productId: input.product_id ?? null, after: toCursor(lastEventId ?? input.after) }
      return toViews(await followEvents(server, context.caller, wish, signal ?? new AbortController().signal))
    }),
  }
}

async function* toViews(events: AsyncGenerator<Event>) {
  for await (const event of events) {
    const view = eventView(event)
    yield withEventMeta(view, { id: view.event_id })
  }
}

function toCursor(eventId: string | undefined): EventCursor | null {
  if (eventId === undefined) return null
  const parsed = EventId.safeParse(eventId)
  if (!parsed.success) throw new AppError('VALIDATION_ERROR', `"${eventId}" is no event_id.`)
  const [xactId = '0', id = '0'] = parsed.data.split('-')
  return { xactId, id: BigInt(id) }
}

function eventView(event: Event): z.infer<typeof EventView> {
  return {
    event_id: `${event.xactId}-${event.id}`,
    type: event.type,
    product_id: event.productId,
    user_id: event.userId,
    job_id: event.jobId,
    task_id: event.taskId,
    sprint_run_id: event.sprintRunId,
    status: event.status,
    at: iso(event.createdAt),
  }
}
