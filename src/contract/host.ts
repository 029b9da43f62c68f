import { z } from 'zod'
import { Id, Instant } from './fields.ts'

/** A machine of the caller's on which agents work, and the agents that are there now. */
export const HostView = z.object({
  id: Id,
  name: z.string(),
  version: z.string(),
  last_seen_at: Instant,
  workers: z
    .array(
      z.object({
        id: Id,
        name: z.string(),
        last_seen_at: Instant,
        job_id: Id.nullable().describe('null: it has none, and has asked for one in the last minutes'),
      }),
    )
    .describe('Only those that hold a job or have asked for one in the last minutes'),
})
export type HostView = z.infer<typeof HostView>
