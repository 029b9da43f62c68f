import { defineCommand } from 'citty'
import type { JobView } from '../../contract/job.ts'
import { JobStatusName } from '../../contract/job.ts'
import { AppError } from '../../errors.ts'
import { fields, JSON_ARG, print, table } from '../print.ts'
import type { Terminal } from '../terminal.ts'
import { withApi } from '../with-server.ts'

/** `job list|show|dispatch`. */
export function jobCommand(terminal: Terminal) {
  const list = defineCommand({
    meta: { name: 'list', description: 'List jobs, newest first' },
    args: {
      product: { type: 'string', description: 'Only of this product', valueHint: 'id' },
      status: { type: 'string', description: 'Only of these, with commas between', valueHint: 'queued,failed' },
      limit: { type: 'string', description: 'How many at most', default: '50' },
      ...JSON_ARG,
    },
    run: ({ args }) =>
      withApi(terminal, async api => {
        const statuses = args.status ? parseStatuses(args.status) : undefined
        const jobs = await api.jobs.list({ product_id: args.product, statuses, limit: Number(args.limit) })
        print(terminal, args.json, jobs, found => (found.length === 0 ? ['There is no such job.'] : jobTable(found)))
      }),
  })
  const show = defineCommand({
    meta: { name: 'show', description: 'Show one job' },
    args: { id: { type: 'positional', description: 'The job’s id', required: true }, ...JSON_ARG },
    run: ({ args }) =>
      withApi(terminal, async api => print(terminal, args.json, await api.jobs.get({ job_id: args.id }), jobLines)),
  })
  const dispatch = defineCommand({
    meta: { name: 'dispatch', description: 'Send a task to an agent' },
    args: { task: { type: 'positional', description: 'The task’s id', required: true }, ...JSON_ARG },
    run: ({ args }) =>
      withApi(terminal, async api =>
        print(terminal, args.json, await api.jobs.dispatch({ task_id: args.task }), jobLines),
      ),
  })
  return defineCommand({
    meta: { name: 'job', description: 'Look at jobs, and make them' },
    subCommands: { list, show, dispatch },
  })
}

function parseStatuses(list: string) {
  const parsed = JobStatusName.array().safeParse(list.split(',').map(word => word.trim().toLowerCase()))
  if (parsed.success) return parsed.data
  throw new AppError('VALIDATION_ERROR', `--status takes words out of: ${JobStatusName.options.join(', ')}.`)
}

function jobTable(jobs: JobView[]): string[] {
  const rows = jobs.map(job => [job.job_id, job.status, job.task && `${job.task.code} ${job.task.title}`, job.branch])
  return table(['ID', 'STATUS', 'TASK', 'BRANCH'], rows)
}

function jobLines(job: JobView): string[] {
  return fields({
    id: job.job_id,
    status: job.status,
    task: job.task && `${job.task.code} ${job.task.title}`,
    branch: job.branch,
    run: job.sprint_run_id,
    attempts: job.retry_count > 0 ? `${job.retry_count} of ${job.max_attempts} used` : null,
    verified: job.verify_result && `${job.verify_result}: ${job.verify_reasoning}`,
    commit: job.head_sha,
    pushed: job.pushed_at,
    summary: job.summary,
    error: job.error,
    created: job.created_at,
    started: job.started_at,
    finished: job.finished_at,
    'not before': job.not_before,
  })
}
