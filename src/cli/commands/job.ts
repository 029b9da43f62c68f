import { defineCommand } from 'citty'
import { type JobEventView, JobStatusName, type JobView } from '../../contract/job.ts'
import { AppError } from '../../errors.ts'
import { oneLine } from '../one-line.ts'
import { fields, JSON_ARG, print, table } from '../print.ts'
import type { Terminal } from '../terminal.ts'
import { watchJob } from '../watch-job.ts'
import { withApi } from '../with-server.ts'

/** `job list|show|dispatch|watch`. */
export function jobCommand(terminal: Terminal) {
  const list = defineCommand({
    meta: { name: 'list', description: 'List jobs, newest first' },
    args: {
      product: { type: 'string', description: 'Only of this product', valueHint: 'id' },
      status: { type: 'string', description: 'Only of these, with commas between', valueHint: 'queued,failed' },
      limit: { type: 'string', description: 'How many at most', default: '50' },
      before: { type: 'string', description: 'Only older ones than this job: the next page', valueHint: 'id' },
      ...JSON_ARG,
    },
    run: async ({ args }) => {
      const statuses = args.status ? parseStatuses(args.status) : undefined
      await withApi(terminal, async api => {
        const page = { limit: Number(args.limit), before: args.before }
        const jobs = await api.jobs.list({ product_id: args.product, statuses, ...page })
        print(terminal, args.json, jobs, found => (found.length === 0 ? ['There is no such job.'] : jobTable(found)))
      })
    },
  })
  const show = defineCommand({
    meta: { name: 'show', description: 'Show one job, and what happened to it' },
    args: { id: { type: 'positional', description: 'The job’s id', required: true }, ...JSON_ARG },
    run: ({ args }) =>
      withApi(terminal, async api => {
        const job = await api.jobs.get({ job_id: args.id })
        const history = await api.jobs.listEvents({ job_id: args.id })
        print(terminal, args.json, { ...job, history }, () => [...jobLines(job), '', ...historyLines(history)])
      }),
  })
  const dispatch = defineCommand({
    meta: { name: 'dispatch', description: 'Send a task to an agent' },
    args: { task: { type: 'positional', description: 'The task’s id', required: true }, ...JSON_ARG },
    run: ({ args }) =>
      withApi(terminal, async api =>
        print(terminal, args.json, await api.jobs.dispatch({ task_id: args.task }), jobLines),
      ),
  })
  const watch = defineCommand({
    meta: { name: 'watch', description: 'Follow a job until its end' },
    args: { id: { type: 'positional', description: 'The job’s id', required: true }, ...JSON_ARG },
    run: ({ args }) => withApi(terminal, api => watchJob(terminal, api, args.id, args.json)),
  })
  const cancel = defineCommand({
    meta: { name: 'cancel', description: 'End a job; what its agent did is kept' },
    args: { id: { type: 'positional', description: 'The job’s id', required: true }, ...JSON_ARG },
    run: ({ args }) =>
      withApi(terminal, async api => print(terminal, args.json, await api.jobs.cancel({ job_id: args.id }), jobLines)),
  })
  const retry = defineCommand({
    meta: { name: 'retry', description: 'Queue a failed or cancelled job once more' },
    args: { id: { type: 'positional', description: 'The job’s id', required: true }, ...JSON_ARG },
    run: ({ args }) =>
      withApi(terminal, async api => print(terminal, args.json, await api.jobs.retry({ job_id: args.id }), jobLines)),
  })
  return defineCommand({
    meta: { name: 'job', description: 'Look at jobs, and make them' },
    subCommands: { list, show, dispatch, watch, cancel, retry },
  })
}

function parseStatuses(list: string) {
  const parsed = JobStatusName.array().safeParse(list.split(',').map(word => word.trim().toLowerCase()))
  if (parsed.success) return parsed.data
  throw new AppError('VALIDATION_ERROR', `--status takes words out of: ${JobStatusName.options.join(', ')}.`)
}

function jobTable(jobs: JobView[]): string[] {
  const rows = jobs.map(job => [
    job.job_id,
    statusOf(job),
    job.task && `${job.task.code} ${job.task.title}`,
    job.branch,
  ])
  return table(['ID', 'STATUS', 'TASK', 'BRANCH'], rows)
}

function jobLines(job: JobView): string[] {
  return fields({
    id: job.job_id,
    status: statusOf(job),
    task: job.task && `${job.task.code} ${job.task.title}`,
    branch: job.branch,
    run: job.sprint_run_id,
    attempts: job.retry_count > 0 ? `${job.retry_count} of ${job.max_attempts} used` : null,
    verified: job.verify_result && `${job.verify_result}: ${job.verify_reasoning}`,
    checks: checkLine(job),
    commit: job.head_sha,
    pushed: job.pushed_at,
    summary: job.summary,
    error: job.error,
    created: job.created_at,
    started: job.started_at,
    'last sign': job.status === 'running' ? job.active_at : null,
    finished: job.finished_at,
    'not before': job.not_before,
  })
}

function statusOf(job: JobView): string {
  return job.stalled ? `${job.status}, stalled` : job.status
}

function historyLines(history: JobEventView[]): string[] {
  return table(
    ['AT', 'ATTEMPT', 'HOST', 'WHAT HAPPENED'],
    history.map(({ at, attempt, host, words }) => [at, attempt, host, oneLine(words)]),
  )
}

/** Green ones by number, red ones by name: `--json` has their output. */
function checkLine({ checks }: JobView): string | null {
  if (!checks?.length) return null
  const red = checks.filter(({ passed }) => !passed).map(({ command }) => command)
  return red.length === 0 ? `${checks.length} green` : `red: ${red.join(', ')}`
}
