import { z } from 'zod'
import { Id } from '../../../contract/fields.ts'
import { JobKindName } from '../../../contract/job.ts'
import { ExecutionStatusName } from '../../../contract/sprint-work.ts'
import { TaskWorkOrder } from '../../../contract/work-order.ts'
import { waitForWork } from '../../flows/wait-for-work.ts'
import { CHANGES, defineTool } from '../define-tool.ts'
import { untilReturn } from '../until-return.ts'

const TIMEOUT = {
  status: 'timeout' as const,
  message: 'There was no job for you in this time. Call wait_for_job again; it costs nothing while it waits.',
}

const SETTING_UP = {
  status: 'timeout' as const,
  message: 'Your job is being set up. Call wait_for_job again now: it answers as soon as the job is ready.',
}

/** Of a sprint's job; the prompt says all of it again, so that the tool list need not. */
const Brief = z.object({
  sprint_run: z.looseObject({ id: Id }),
  pbis: z.array(z.looseObject({ id: Id })),
  stories: z.array(z.looseObject({ id: Id })),
  task_executions: z.array(z.looseObject({ execution_id: Id, status: ExecutionStatusName })),
})

/** With `status` claimed everything is there; with timeout the message alone. One flat object, because older clients
 * read no unions. */
const WaitAnswer = z.object({
  ...TaskWorkOrder.partial().shape,
  kind: JobKindName.optional(),
  ...Brief.partial().shape,
  status: z.enum(['claimed', 'timeout']),
  message: z.string().optional(),
})

export const waitForJob = defineTool({
  name: 'wait_for_job',
  title: 'Wait for a job',
  description:
    'Waits for a queued job, claims it and returns its full context and worktree. Work only inside worktree_path and follow prompt_text. Answers with the same job while you hold one.',
  input: z.object({
    product_id: Id.optional().describe('Only jobs of this product'),
    wait_seconds: z.int().min(1).max(600).default(300).describe('Shortened to what your client bears'),
    worker: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .optional()
      .describe('Your name, where several agents share a connection or token; each name holds one job'),
    resume: z
      .object({ job_id: Id, claim_token: z.uuid() })
      .optional()
      .describe('Go on with a job that you hold, after a restart or from another connection'),
  }),
  output: WaitAnswer,
  scope: 'work',
  annotations: CHANGES,
  run: async ({ product_id, wait_seconds, worker: name, resume }, context) => {
    const { host, agents, clientName, signal, longestCallSeconds } = context
    const seconds = Math.min(wait_seconds, longestCallSeconds)
    const begun = Date.now()
    const deadline = begun + seconds * 1000
    const wish = { productId: product_id ?? null, deadline, answerBy: begun + longestCallSeconds * 1000 }
    const giveUp = untilReturn([signal], seconds * 1000)
    try {
      if (resume) return (await agents.resume(resume, name, clientName, giveUp.signal)) ?? TIMEOUT
      const worker = agents.waiting(name, clientName, wish.productId)
      const order = await worker.aloneBefore(giveUp.signal, () => waitForWork(host, worker, wish, signal))
      return order ?? (worker.setUp ? SETTING_UP : TIMEOUT)
    } finally {
      giveUp.forget()
    }
  },
})
