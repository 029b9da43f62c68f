import { z } from 'zod'
import { Id, Usage } from '../../../contract/fields.ts'
import { JobStatusName } from '../../../contract/job.ts'
import { finishWork, repeatReport } from '../../flows/finish-work.ts'
import type { Host } from '../../flows/host.ts'
import type { HeldWork } from '../../flows/worker.ts'
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
      if (status === 'running') return start(host, heldWork(worker, named))
      const report = { status, summary, error, usage }
      const ended = !worker.held && worker.ended?.job_id === named.job_id ? worker.ended : null
      const job = ended
        ? await repeatReport(host, ended, report)
        : await finishWork(host, worker, heldWork(worker, named), report)
      const { job_id, branch, head_sha } = job
      return { job_id, status: job.status, branch, head_sha, next_action: await nextAction(context) }
    })
  },
})

async function start(host: Host, held: HeldWork) {
  await host.api.jobs.start(held.hold)
  const { job_id, branch_name: branch } = held.order
  return { job_id, status: 'running' as const, branch, head_sha: null, next_action: 'continue' as const }
}

async function nextAction({ host }: ToolContext): Promise<'wait_for_job_again' | 'queue_empty'> {
  const { empty } = await host.api.jobs.checkQueue({})
  return empty ? 'queue_empty' : 'wait_for_job_again'
}
