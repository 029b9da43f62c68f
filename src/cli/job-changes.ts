import type { JobView } from '../contract/job.ts'
import { oneLine } from './one-line.ts'

/** What can be told of a job now and could not when it was last looked at, a line each, its status last but for an error. */
export function jobChanges(before: JobView | null, now: JobView): string[] {
  const known = before ? linesOf(before) : []
  return linesOf(now).filter(line => !known.includes(line))
}

function linesOf(job: JobView): string[] {
  const told: Record<string, string | null> = {
    task: job.task && `${job.task.code} ${job.task.title}`,
    branch: job.branch,
    attempt: job.attempt === 0 ? null : String(job.attempt),
    verified: job.verify_result && `${job.verify_result}: ${job.verify_reasoning}`,
    pushed: job.pushed_at && `${job.head_sha?.slice(0, 7)} to ${job.branch}`,
    'pull request': job.pr_url,
    summary: job.summary,
    status: job.stalled ? `${job.status}, stalled: no sign of work for 30 minutes` : job.status,
    'set-up': job.setup_failures === 0 ? null : `failed ${job.setup_failures} times`,
    error: job.error,
  }
  return Object.entries(told).flatMap(([word, text]) => (text ? [`${word.padEnd(8)}  ${oneLine(text)}`] : []))
}
