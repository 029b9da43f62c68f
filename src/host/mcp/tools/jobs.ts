import { z } from 'zod'
import { QueueState } from '../../../contract/backlog.ts'
import { Id, PermissionMode } from '../../../contract/fields.ts'
import { JobKindName, JobView } from '../../../contract/job.ts'
import { ADDS, defineTool, READS } from '../define-tool.ts'

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
  annotations: ADDS,
  run: async (input, { host }) => host.api.jobs.dispatch(input),
})

export const getJob = defineTool({
  name: 'get_job',
  title: 'Look at a job',
  description: 'Status, branch, commits, verify result, summary and error of one job.',
  input: z.object({ job_id: Id }),
  output: JobView,
  annotations: READS,
  run: async (input, { host }) => host.api.jobs.get(input),
})

export const checkQueueEmpty = defineTool({
  name: 'check_queue_empty',
  title: 'Is there work?',
  description: 'Per product: how many jobs you could claim now, how many are at work, and how many what holds up.',
  input: z.object({ product_id: Id.optional() }),
  output: QueueState,
  annotations: READS,
  run: async (input, { host }) => host.api.jobs.checkQueue(input),
})
