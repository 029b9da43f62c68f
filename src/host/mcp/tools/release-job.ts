import { z } from 'zod'
import { Id } from '../../../contract/fields.ts'
import { releaseWork } from '../../flows/release-work.ts'
import { CHANGES, defineTool } from '../define-tool.ts'
import { HoldInput } from './held.ts'

export const releaseJob = defineTool({
  name: 'release_job',
  title: 'Hand your job back',
  description: 'Puts your job back into the queue, for a later try; your work is kept on a rescue ref. Say why.',
  input: z.object({ ...HoldInput, reason: z.string().trim().min(10).max(2_000) }),
  output: z.object({ job_id: Id, rescue_ref: z.string().nullable() }),
  scope: 'work',
  annotations: CHANGES,
  run: async ({ reason, ...named }, { host, agents, clientName }) => {
    const { worker, held } = await agents.holder(named, clientName)
    return { job_id: named.job_id, rescue_ref: await worker.alone(() => releaseWork(host, worker, held, reason)) }
  },
})
