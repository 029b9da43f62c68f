import { z } from 'zod'
import { LINE_ENDS } from '../domain/line-end.ts'
import { SPRINT_RUN_STATUSES } from '../domain/sprint-run-lifecycle.ts'
import { QueueState } from './backlog.ts'
import { Id, Instant, lowerCase, PermissionMode, RescueRefName, Sha, Usage, VerifyResult } from './fields.ts'
import { JobEventView, JobKindName, JobStatusName, JobView } from './job.ts'
import { Checks, get, Hold, post, Silence, Summary } from './procedures.ts'
import { Offer, SettingOverrides } from './work.ts'
import { TakenOver, WorkContext } from './work-order.ts'

const Lease = z.object({ lease_until: Instant })
const RenewedLease = Lease.extend({
  sprint_run_status: lowerCase(SPRINT_RUN_STATUSES).nullable(),
  sprint_run_pause_reason: z.string().nullable(),
})
const JobRef = z.object({ job_id: Id })
/** Counted by the claims of a job. */
const Attempt = z.int32().min(0)
const ClaimRef = z.object({ job_id: Id, attempt: Attempt })
const JudgedClaim = ClaimRef.extend({
  state: z.enum(['live', 'dead']),
  host_id: Id.nullable().describe('Whose worktree it had; null: it never got as far'),
  rescue_ref: RescueRefName.nullable().describe('Where the server knows its work to be kept'),
  job_ended_at: Instant.nullable(),
  push_rescues: z.boolean().describe('Whether its product wants rescue refs on origin'),
})

/** Of those who hold a claim, of hosts about what claims leave behind, and of everybody who looks. */
export const jobs = {
  claim: post('/jobs/claim')
    .input(z.object({ worker_id: Id, product_id: Id.optional(), wait_ms: z.int().min(0).max(60_000) }))
    .output(z.object({ offer: Offer.nullable() })),
  attach: post('/jobs/{job_id}/attach')
    .input(
      Hold.extend({
        worktree_path: z.string().min(1),
        branch: z.string().min(1),
        base_sha: Sha,
        overrides: SettingOverrides.optional(),
        ...Silence,
      }),
    )
    .output(WorkContext),
  giveBack: post('/jobs/{job_id}/give-back')
    .input(Hold.extend({ blame: z.enum(['nobody', 'setup', 'host']), reason: z.string().max(4_000) }))
    .output(z.object({ status: JobStatusName })),
  /** Of a host whose call for work broke off, and may have been answered all the same. */
  releaseOffers: post('/jobs/release-offers')
    .input(z.object({ worker_id: Id }))
    .output(z.object({ released: z.int() })),
  /** With a worker: only as long as it is the one that holds the claim. */
  renew: post('/jobs/{job_id}/renew')
    .input(Hold.extend({ worker_id: Id.optional(), ...Silence }))
    .output(RenewedLease),
  start: post('/jobs/{job_id}/start').input(Hold.extend(Silence)).output(Lease),
  /** A sign of work: its agent called, or changed its worktree. Renews nothing. */
  recordActivity: post('/jobs/{job_id}/activity')
    .input(Hold)
    .output(z.object({ recorded: z.boolean() })),
  /** Its agent's connection has closed without a report. */
  cutLease: post('/jobs/{job_id}/cut')
    .input(Hold.extend({ worker_id: Id }))
    .output(z.object({ cut: z.boolean() })),
  /** Makes a worker of the host that has the worktree the holder of a claim; its token is the proof. */
  takeOver: post('/jobs/{job_id}/take-over')
    .input(Hold.extend({ worker_id: Id, ...Silence }))
    .output(TakenOver),
  recordVerification: post('/jobs/{job_id}/verification')
    .input(
      Hold.extend({
        verified_sha: Sha,
        changed_paths: z.array(z.string()).max(100_000),
        changed_lines: z.int().min(0),
        checks: Checks.optional(),
      }),
    )
    .output(
      z.object({
        result: VerifyResult,
        reasoning: z.string(),
        missing_paths: z.array(z.string()),
        extra_paths: z.array(z.string()),
      }),
    ),
  deliver: post('/jobs/{job_id}/deliver')
    .input(
      Hold.extend({ head_sha: Sha, summary: Summary.optional(), usage: Usage.optional(), checks: Checks.optional() }),
    )
    .output(z.object({ push_within_ms: z.int().positive() })),
  /** The branch of the next line, when the host finds the job's over: merged, gone from origin, or never ours. */
  leaveLine: post('/jobs/{job_id}/leave-line')
    .input(Hold.extend({ branch: z.string().max(255), reason: lowerCase(LINE_ENDS) }))
    .output(z.object({ branch: z.string() })),
  reportConflict: post('/jobs/{job_id}/conflict')
    .input(Hold.extend({ base_sha: Sha, ...Silence }))
    .output(z.object({ status: JobStatusName })),
  settle: post('/jobs/{job_id}/settle')
    .input(
      Hold.extend({
        outcome: z.enum(['done', 'failed', 'skipped']),
        pushed: z.boolean().default(false),
        summary: Summary.optional(),
        error: z.string().max(8_000).optional(),
        usage: Usage.optional(),
      }),
    )
    .output(JobView),
  /** What is left of an attempt on the host that had it: where its work is, and whether its worktree is gone. */
  recordRemains: post('/jobs/{job_id}/remains')
    .input(
      z.object({
        worker_id: Id,
        job_id: Id,
        attempt: Attempt,
        rescue_ref: RescueRefName.nullable(),
        removed: z.boolean(),
      }),
    )
    .output(z.object({ recorded: z.boolean() })),
  /** What became of the work that an attempt has on a rescue ref: pushed to origin, or dropped after its time. */
  recordRescue: post('/jobs/{job_id}/rescue')
    .input(ClaimRef.extend({ worker_id: Id, rescue_ref: RescueRefName, state: z.enum(['pushed', 'dropped']) }))
    .output(z.object({ recorded: z.boolean() })),
  /** How the claims stand whose worktrees or work a host has; those of unknown jobs are left out. */
  judgeClaims: post('/jobs/judge-claims')
    .input(z.object({ claims: z.array(ClaimRef).max(1_000) }))
    .output(z.object({ claims: z.array(JudgedClaim) })),
  get: get('/jobs/{job_id}').input(JobRef).output(JobView),
  /** What happened to a job, oldest first; of more than `limit` the newest. */
  listEvents: get('/jobs/{job_id}/events')
    .input(JobRef.extend({ limit: z.int().min(1).max(500).default(100) }))
    .output(z.array(JobEventView)),
  cancel: post('/jobs/{job_id}/cancel').input(JobRef).output(JobView),
  retry: post('/jobs/{job_id}/retry').input(JobRef).output(JobView),
  list: get('/jobs')
    .input(
      z.object({
        product_id: Id.optional(),
        statuses: z.array(JobStatusName).optional(),
        limit: z.int().min(1).max(500).default(50),
        before: Id.optional().describe('The last job of the page before: the next page begins after it'),
      }),
    )
    .output(z.array(JobView)),
  dispatch: post('/jobs')
    .input(
      z.object({
        kind: JobKindName.default('TASK_IMPLEMENTATION'),
        task_id: Id,
        model: z.string().max(100).optional(),
        thinking_budget: z.int().min(0).max(1_000_000).optional(),
        permission_mode: PermissionMode.optional(),
      }),
    )
    .output(JobView),
  checkQueue: get('/queue')
    .input(
      z.object({
        product_id: Id.optional(),
        host_id: Id.optional().describe('A host of the caller; what it is barred from counts as blocked'),
      }),
    )
    .output(QueueState),
}
