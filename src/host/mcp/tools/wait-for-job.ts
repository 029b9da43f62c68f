import { z } from 'zod'
import { Id } from '../../../contract/fields.ts'
import { TaskWorkOrder } from '../../../contract/work.ts'
import { waitForWork } from '../../flows/wait-for-work.ts'
import { CHANGES, defineTool } from '../define-tool.ts'

const TIMEOUT = {
  status: 'timeout' as const,
  message: 'There was no job for you in this time. Call wait_for_job again; it costs nothing while it waits.',
}

/** With `status` claimed everything is there; with timeout the message alone. One flat object, because older clients
 * read no unions. */
const WaitAnswer = TaskWorkOrder.partial().extend({
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
  }),
  output: WaitAnswer,
  annotations: CHANGES,
  run: async ({ product_id, wait_seconds }, { host, worker, signal, longestCallSeconds }) => {
    const seconds = Math.min(wait_seconds, longestCallSeconds)
    const wish = { productId: product_id ?? null, deadline: Date.now() + seconds * 1000 }
    return (await worker.alone(() => waitForWork(host, worker, wish, signal))) ?? TIMEOUT
  },
})
