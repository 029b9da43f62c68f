import { z } from 'zod'
import { Id, Usage } from '../../../contract/fields.ts'
import { JobStatusName, type JobView } from '../../../contract/job.ts'
import { fromApi } from '../../flows/api-error.ts'
import { finishWork, repeatReport } from '../../flows/finish-work.ts'
import type { Report } from '../../flows/report.ts'
import type { NamedJob } from '../agents.ts'
import { CHANGES, defineTool, type ToolContext } from '../define-tool.ts'
import { HoldInput } from './held.ts'

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
  scope: 'work',
  annotations: CHANGES,
  run: async ({ status, summary, error, usage, ...named }, context) => {
    if (status === 'running') return start(named, context)
    const job = await end(named, { status, summary, error, usage }, context)
    const { job_id, branch, head_sha } = job
    return { job_id, status: job.status, branch, head_sha, next_action: await nextAction(context) }
  },
})

async function start(named: NamedJob, { host, agents, clientName }: ToolContext) {
  const { held } = await agents.holder(named, clientName)
  await host.api.jobs.start({ ...held.hold, ...held.silence })
  const { job_id, branch_name: branch } = held.order
  return { job_id, status: 'running' as const, branch, head_sha: null, next_action: 'continue' as const }
}

/** Ends the job; a report that comes again, because its answer was lost, gets what is stored. */
async function end(
  named: NamedJob,
  report: Report,
  { host, agents, clientName, signal, longestCallSeconds }: ToolContext,
): Promise<JobView> {
  const patience = { signal, withinMs: longestCallSeconds * 1000 }
  try {
    for (;;) {
      const { worker, held } = await agents.holder(named, clientName)
      // Another report, or a resume, may have had its turn before this one.
      const finish = async () => (worker.held === held ? finishWork(host, worker, held, report, patience) : null)
      const job = await worker.alone(finish)
      if (job) return job
    }
  } catch (error) {
    const cause = fromApi(error)
    const ended = cause.code === 'LEASE_LOST' ? agents.ended(named) : null
    if (!ended) throw cause
    return repeatReport(host, ended, report)
  }
}

async function nextAction({ host }: ToolContext): Promise<'wait_for_job_again' | 'queue_empty'> {
  const { empty } = await host.api.jobs.checkQueue({ host_id: host.hostId })
  return empty ? 'queue_empty' : 'wait_for_job_again'
}
