import { z } from 'zod'
import { Id, Usage } from '../../../contract/fields.ts'
import { JobStatusName } from '../../../contract/job.ts'
import { finishWork } from '../../flows/finish-work.ts'
import { CHANGES, defineTool, type ToolContext } from '../define-tool.ts'
import { HoldInput, heldWork } from './held.ts'

export const updateJobStatus = defineTool({
  name: 'update_job_status',
  title: 'Report on your job',
  description:
    'Reports running, done, failed or skipped. Done pushes the verified commit: commit everything and call verify_task_against_plan first. Skipped needs a reason of 10 characters or more in error.',
  input: z.object({
    ...HoldInput,
    status: z.enum(['running', 'done', 'failed', 'skipped']),
    summary: z.string().max(8_000).optional().describe('What you did, for the person who reviews it'),
    error: z.string().max(8_000).optional().describe('Why it failed or was skipped'),
    usage: Usage.optional(),
  }),
  output: z.object({
    job_id: Id,
    status: JobStatusName,
    branch: z.string().nullable(),
    head_sha: z.string().nullable(),
    next_action: z.enum(['continue', 'wait_for_job_again', 'queue_empty']),
  }),
  annotations: CHANGES,
  run: async ({ status, summary, error, usage, ...named }, context) => {
    const { host, worker } = context
    return worker.alone(async () => {
      const held = heldWork(worker, named)
      if (status === 'running') {
        await host.api.jobs.start(held.hold)
        return { ...named, status, branch: held.order.branch_name, head_sha: null, next_action: 'continue' as const }
      }
      const job = await finishWork(host, worker, held, { status, summary, error, usage })
      const { job_id, branch, head_sha } = job
      return { job_id, status: job.status, branch, head_sha, next_action: await nextAction(context) }
    })
  },
})

async function nextAction({ host }: ToolContext): Promise<'wait_for_job_again' | 'queue_empty'> {
  const { empty } = await host.api.jobs.checkQueue({})
  return empty ? 'queue_empty' : 'wait_for_job_again'
}
