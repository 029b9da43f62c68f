import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { LINE_ENDS } from '../domain/line-end.ts'
import { TOKEN_SCOPES } from '../domain/permissions.ts'
import { SPRINT_RUN_STATUSES } from '../domain/sprint-run-lifecycle.ts'
import {
  NewPbi,
  NewProduct,
  NewSprint,
  NewSprintRun,
  NewStory,
  NewTask,
  NewTaskStatus,
  PbiView,
  ProductChange,
  ProductKit,
  ProductView,
  QueueState,
  SprintRunView,
  SprintView,
  StoryView,
  TaskView,
} from './backlog.ts'
import { EventId, EventView } from './events.ts'
import { executions } from './executions.ts'
import { Id, Instant, lowerCase, PermissionMode, RescueRefName, Sha, Usage, VerifyResult } from './fields.ts'
import { HostView } from './host.ts'
import { JobKindName, JobStatusName, JobView } from './job.ts'
import { Checks, get, Hold, post, remove, Silence, Summary } from './procedures.ts'
import { TokenView } from './token.ts'
import { Offer, SettingOverrides } from './work.ts'
import { TakenOver, WorkContext } from './work-order.ts'

const Lease = z.object({ lease_until: Instant })
const RenewedLease = Lease.extend({
  sprint_run_status: lowerCase(SPRINT_RUN_STATUSES).nullable(),
  sprint_run_pause_reason: z.string().nullable(),
})
const RunRef = z.object({ sprint_run_id: Id })
const JobRef = z.object({ job_id: Id })
/** Counted by the claims of a job. */
const Attempt = z.int32().min(0)
const ClaimRef = z.object({ job_id: Id, attempt: Attempt })
const JudgedClaim = ClaimRef.extend({
  state: z.enum(['live', 'dead']),
  host_id: Id.nullable().describe('Whose worktree it had; null: it never got as far'),
  job_ended_at: Instant.nullable(),
  push_rescues: z.boolean().describe('Whether its product wants rescue refs on origin'),
})

/** Everything that a host, the command line and the web page can ask of a server. */
export const api = {
  system: {
    health: get('/health').output(
      z.object({ version: z.string(), database: z.string(), user: z.object({ id: Id, name: z.string() }) }),
    ),
  },
  hosts: {
    register: post('/hosts')
      .input(
        z.object({
          host_id: Id,
          host_name: z.string().max(200),
          version: z.string().max(50),
          worker_name: z.string().max(200),
        }),
      )
      .output(z.object({ worker_id: Id, server_version: z.string() })),
    list: get('/hosts').output(z.array(HostView)),
  },
  jobs: {
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
    renew: post('/jobs/{job_id}/renew').input(Hold.extend(Silence)).output(RenewedLease),
    start: post('/jobs/{job_id}/start').input(Hold.extend(Silence)).output(Lease),
    /** Makes a worker of the host that has the worktree the holder of a claim; its token is the proof. */
    /** Its agent's connection has closed without a report. */
    cutLease: post('/jobs/{job_id}/cut')
      .input(Hold.extend({ worker_id: Id }))
      .output(z.object({ cut: z.boolean() })),
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
  },
  executions,
  products: {
    list: get('/products').output(z.array(ProductView)),
    create: post('/products').input(NewProduct).output(ProductView),
    update: post('/products/{product_id}').input(ProductChange).output(ProductView),
    getKit: get('/products/{product_id}/kit')
      .input(ProductKit.pick({ product_id: true }))
      .output(ProductKit),
    /** Its commands run on every host that works for the product, as those of a repository's own file do. */
    setKit: post('/products/{product_id}/kit').input(ProductKit).output(ProductKit),
  },
  backlog: {
    listPbis: get('/pbis')
      .input(z.object({ product_id: Id }))
      .output(z.array(PbiView)),
    createPbi: post('/pbis').input(NewPbi).output(PbiView),
    createStory: post('/stories').input(NewStory).output(StoryView),
    createTask: post('/tasks').input(NewTask).output(TaskView),
    updateTaskStatus: post('/tasks/{task_id}/status').input(NewTaskStatus).output(TaskView),
  },
  sprints: {
    create: post('/sprints').input(NewSprint).output(SprintView),
    startRun: post('/sprint-runs').input(NewSprintRun).output(SprintRunView),
    getRun: get('/sprint-runs/{sprint_run_id}').input(RunRef).output(SprintRunView),
    pauseRun: post('/sprint-runs/{sprint_run_id}/pause')
      .input(RunRef.extend({ reason: z.string().max(1_000).optional() }))
      .output(SprintRunView),
    resumeRun: post('/sprint-runs/{sprint_run_id}/resume').input(RunRef).output(SprintRunView),
    cancelRun: post('/sprint-runs/{sprint_run_id}/cancel').input(RunRef).output(SprintRunView),
  },
  events: {
    /** A stream that an EventSource reads; it resumes at `Last-Event-ID`, or at `after`, without a gap. */
    follow: get('/events')
      .input(z.object({ product_id: Id.optional(), after: EventId.optional() }))
      .output(eventIterator(EventView)),
  },
  tokens: {
    create: post('/tokens')
      .input(
        z.object({
          name: z.string().trim().min(1).max(100),
          scopes: z.array(z.enum(TOKEN_SCOPES)).min(1).optional(),
          product_ids: z.array(Id).min(1).optional(),
          worker: z.boolean().default(false).describe('Claims the jobs of every member of product_ids'),
          expires_in_days: z.int().min(1).max(3_650).optional(),
        }),
      )
      .output(z.object({ id: Id, name: z.string(), scopes: z.array(z.enum(TOKEN_SCOPES)), token: z.string() })),
    list: get('/tokens').output(z.array(TokenView)),
    /** The token of this very call. */
    current: get('/tokens/current').output(TokenView),
    revoke: remove('/tokens/{token_id}')
      .input(z.object({ token_id: Id }))
      .output(z.object({ revoked: z.literal(true) })),
  },
}
