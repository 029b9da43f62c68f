import { z } from 'zod'
import { Id } from '../../../contract/fields.ts'
import { AppError } from '../../../errors.ts'
import type { HeldWork, Worker } from '../../flows/worker.ts'

/** How a tool names a held job; the token may be left out where the connection holds one job only. */
export const HoldInput = {
  job_id: Id,
  claim_token: z.uuid().optional().describe('From wait_for_job; filled in for you on this connection'),
}

/** The job that this connection holds, if it is the one that is named; LEASE_LOST otherwise. */
export function heldWork(worker: Worker, named: { job_id: string; claim_token?: string | undefined }): HeldWork {
  const { held } = worker
  if (
    held &&
    held.hold.job_id === named.job_id &&
    (named.claim_token ?? held.hold.claim_token) === held.hold.claim_token
  )
    return held
  throw new AppError('LEASE_LOST', `This connection does not hold job ${named.job_id} under that claim.`, {
    hint: 'Call wait_for_job: it answers with the job that you hold, or with the next one.',
  })
}
