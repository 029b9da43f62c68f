import type { JobEventView, JobView } from '../../../contract/job.ts'
import type { listJobEvents } from '../../store/jobs/list-job-events.ts'
import type { Job } from '../../store/jobs/lock-job.ts'
import { iso, lower } from './words.ts'

interface JobRow {
  job: Job
  taskCode: string | null
  taskTitle: string | null
  isStalled: boolean | null
}

/** A job as it goes over a wire: without its token and lease. */
export function jobView({ job, taskCode, taskTitle, isStalled }: JobRow): JobView {
  return {
    job_id: job.id,
    kind: job.kind,
    status: lower(job.status),
    product_id: job.productId,
    task: job.taskId ? { id: job.taskId, code: taskCode ?? '', title: taskTitle ?? '' } : null,
    sprint_run_id: job.sprintRunId,
    branch: job.branch,
    attempt: job.claimNo,
    retry_count: job.retryCount,
    max_attempts: job.maxAttempts,
    setup_failures: job.setupFailures,
    base_sha: job.baseSha,
    head_sha: job.headSha,
    pushed_at: iso(job.pushedAt),
    pr_url: job.prUrl,
    verify_result: job.verifyResult && lower(job.verifyResult),
    verify_reasoning: job.verifyReasoning,
    checks: job.checks && [...job.checks],
    summary: job.summary,
    error: job.error,
    worker_id: job.workerId,
    host_id: job.hostId,
    created_at: iso(job.createdAt),
    claimed_at: iso(job.claimedAt),
    started_at: iso(job.startedAt),
    active_at: iso(job.activeAt),
    stalled: isStalled ?? false,
    finished_at: iso(job.finishedAt),
    not_before: iso(job.notBefore),
  }
}

/** A line of a job's history. */
export function jobEventView({ event, hostName }: Awaited<ReturnType<typeof listJobEvents>>[number]): JobEventView {
  const { createdAt, claimNo: attempt, kind, words } = event
  return { at: iso(createdAt), attempt, host: hostName, kind: lower(kind), words }
}
