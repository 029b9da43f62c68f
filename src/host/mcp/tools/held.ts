import { z } from 'zod'
import { Id } from '../../../contract/fields.ts'

/** How a tool names a held job. */
export const HoldInput = {
  job_id: Id,
  claim_token: z.uuid().optional().describe('From wait_for_job; over stdio optional while one job is held'),
}
