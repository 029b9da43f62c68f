import type { Job } from '../store/jobs/lock-job.ts'
import type { Change } from '../store/record-events.ts'

/** The event of a job's new status. */
export function jobChange(job: Job, type: 'claude_job_status' | 'claude_job_enqueued' = 'claude_job_status'): Change {
  return {
    type,
    userId: job.userId,
    productId: job.productId,
    jobId: job.id,
    status: job.status.toLowerCase(),
    ...(job.taskId && { taskId: job.taskId }),
    ...(job.sprintRunId && { sprintRunId: job.sprintRunId }),
  }
}
