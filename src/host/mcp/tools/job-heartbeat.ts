import { z } from 'zod'
import { Id, Instant, lowerCase } from '../../../contract/fields.ts'
import { SPRINT_RUN_STATUSES } from '../../../domain/sprint-run-lifecycle.ts'
import { renewHeld } from '../../flows/renew-held.ts'
import { CHANGES, defineTool } from '../define-tool.ts'
import { HoldInput } from './held.ts'

export const jobHeartbeat = defineTool({
  name: 'job_heartbeat',
  title: 'Keep your job',
  description:
    'Extends the lease of the job that you hold. Tells you when it was cancelled or lost, and how its sprint run stands.',
  input: z.object({
    ...HoldInput,
    silent_seconds: z
      .int()
      .min(60)
      .max(7_200)
      .optional()
      .describe('You are about to make no call for so long, such as during a long test run'),
  }),
  output: z.object({
    job_id: Id,
    lease_until: Instant,
    sprint_run_status: lowerCase(SPRINT_RUN_STATUSES).nullable(),
    sprint_run_pause_reason: z.string().nullable(),
  }),
  scope: 'work',
  annotations: CHANGES,
  run: async ({ silent_seconds, ...named }, { host, agents, clientName }) => {
    const { worker, held } = await agents.holder(named, clientName)
    const silence = silent_seconds === undefined ? held.silence : { silent_seconds }
    return { job_id: named.job_id, ...(await renewHeld(host, worker, held, silence)) }
  },
})
