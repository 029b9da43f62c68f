import { z } from 'zod'
import { Id, Instant } from '../../../contract/fields.ts'
import { CHANGES, defineTool } from '../define-tool.ts'
import { HoldInput, heldWork } from './held.ts'

export const jobHeartbeat = defineTool({
  name: 'job_heartbeat',
  title: 'Keep your job',
  description: 'Extends the lease of the job that you hold. Tells you at once when it was cancelled or lost.',
  input: z.object(HoldInput),
  output: z.object({ job_id: Id, lease_until: Instant }),
  annotations: CHANGES,
  run: async (named, { host, worker }) => {
    const held = heldWork(worker, named)
    const { lease_until } = await host.api.jobs.renew(held.hold)
    return { job_id: named.job_id, lease_until }
  },
})
