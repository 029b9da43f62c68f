import { z } from 'zod'
import { JOB_EVENT_KINDS } from '../domain/job-events.ts'
import { JOB_KINDS } from '../domain/job-kinds.ts'
import { JOB_STATUSES } from '../domain/job-lifecycle.ts'
import { CheckResult, Id, Instant, lowerCase, Sha, VerifyResult } from './fields.ts'

export const JobKindName = z.enum(JOB_KINDS)
export const JobStatusName = lowerCase(JOB_STATUSES)

/** A job as people and agents look at it: no token, no lease. */
export const JobView = z.object({
  job_id: Id,
  kind: JobKindName,
  status: JobStatusName,
  product_id: Id,
  task: z.object({ id: Id, code: z.string(), title: z.string() }).nullable(),
  sprint_run_id: Id.nullable(),
  branch: z.string().nullable(),
  attempt: z.int(),
  retry_count: z.int(),
  max_attempts: z.int(),
  setup_failures: z.int(),
  base_sha: Sha.nullable(),
  head_sha: Sha.nullable(),
  pushed_at: Instant.nullable(),
  pr_url: z.string().nullable(),
  verify_result: VerifyResult.nullable(),
  verify_reasoning: z.string().nullable(),
  checks: z.array(CheckResult).nullable(),
  summary: z.string().nullable(),
  error: z.string().nullable(),
  worker_id: Id.nullable(),
  host_id: Id.nullable(),
  created_at: Instant,
  claimed_at: Instant.nullable(),
  started_at: Instant.nullable(),
  /** The last call of its agent, or change of its worktree. */
  active_at: Instant.nullable(),
  /** At work, but without a sign of that for 30 minutes. */
  stalled: z.boolean(),
  finished_at: Instant.nullable(),
  not_before: Instant.nullable(),
})
export type JobView = z.infer<typeof JobView>

/** Something that happened to a job, in words. */
export const JobEventView = z.object({
  at: Instant,
  attempt: z.int(),
  host: z.string().nullable().describe('Whose attempt it was; null before its worktree stood'),
  kind: lowerCase(JOB_EVENT_KINDS),
  words: z.string(),
})
export type JobEventView = z.infer<typeof JobEventView>
