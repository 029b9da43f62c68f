import { z } from 'zod'
import { Id, Instant } from './fields.ts'

/** One change, in ids: what it is about is read where it is needed. */
export const EventView = z.object({
  event_id: z.string(),
  type: z.string(),
  product_id: Id,
  user_id: Id,
  job_id: Id.nullable(),
  task_id: Id.nullable(),
  sprint_run_id: Id.nullable(),
  status: z.string().nullable(),
  at: Instant,
})

/** A place in the stream, as it stands in `event_id`. */
export const EventId = z.string().regex(/^\d{1,19}-\d{1,19}$/, 'an event_id')
