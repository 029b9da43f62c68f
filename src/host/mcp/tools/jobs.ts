import { z } from 'zod'
import { QueueState } from '../../../contract/backlog.ts'
import { Id, PermissionMode } from '../../../contract/fields.ts'
import { JobKindName, JobStatusName, JobView } from '../../../contract/job.ts'
import { ADDS, CHANGES, defineTool, READS } from '../define-tool.ts'

export const dispatchJob = defineTool({
  name: 'dispatch_job',
  title: 'Send a task to an agent',
  description: 'Enqueues one task as a job, on its story’s branch. Refuses a task that has a live job already.',
  input: z.object({
    kind: JobKindName.default('TASK_IMPLEMENTATION'),
    task_id: Id,
    model: z.string().max(100).optional(),
    thinking_budget: z.int().min(0).max(1_000_000).optional(),
    permission_mode: PermissionMode.optional(),
  }),
  output: JobView,
  scope: 'author',
  annotations: ADDS,
  run: async (input, { host }) => host.api.jobs.dispatch(input),
})

export const getJob = defineTool({
  name: 'get_job',
  title: 'Look at a job',
  description: 'How one job stands, and its history.',
  input: z.object({ job_id: Id }),
  output: JobView.extend({ history: z.array(z.string()) }),
  scope: 'read',
  annotations: READS,
  run: async ({ job_id }, { host: { api } }) => {
    const [job, history] = await Promise.all([api.jobs.get({ job_id }), api.jobs.listEvents({ job_id, limit: 50 })])
    return { ...job, history: history.map(({ at, attempt, words }) => `${at}, attempt ${attempt}: ${words}`) }
  },
})

/** Enough to choose one by; get_job tells the rest. */
const JobLine = JobView.pick({
  job_id: true,
  status: true,
  product_id: true,
  task: true,
  branch: true,
  error: true,
  created_at: true,
})

export const listJobs = defineTool({
  name: 'list_jobs',
  title: 'List jobs',
  description: 'The newest jobs. get_job says more of one.',
  input: z.object({
    product_id: Id.optional(),
    statuses: z.array(JobStatusName).min(1).optional(),
    limit: z.int().min(1).max(100).default(20),
  }),
  output: z.object({ jobs: z.array(JobLine) }),
  scope: 'read',
  annotations: READS,
  run: async (input, { host }) => ({
    jobs: (await host.api.jobs.list(input)).map(job => JobLine.parse(job)),
  }),
})

export const cancelJob = defineTool({
  name: 'cancel_job',
  title: 'Cancel a job',
  description: 'Ends a job. Its agent is told by its next call, and its work is kept on a rescue ref.',
  input: z.object({ job_id: Id }),
  output: JobLine,
  scope: 'person',
  annotations: { ...CHANGES, destructiveHint: true },
  run: async (input, { host }) => JobLine.parse(await host.api.jobs.cancel(input)),
})

export const retryJob = defineTool({
  name: 'retry_job',
  title: 'Try a job again',
  description: 'Queues a failed or cancelled job once more, with all its attempts.',
  input: z.object({ job_id: Id }),
  output: JobLine,
  scope: 'person',
  annotations: ADDS,
  run: async (input, { host }) => JobLine.parse(await host.api.jobs.retry(input)),
})

export const checkQueueEmpty = defineTool({
  name: 'check_queue_empty',
  title: 'Is there work?',
  description: 'Per product: how many jobs you could claim, are at work, or are held up by what.',
  input: z.object({ product_id: Id.optional() }),
  output: QueueState,
  scope: 'read',
  annotations: READS,
  run: async (input, { host }) => host.api.jobs.checkQueue({ ...input, host_id: host.hostId }),
})
