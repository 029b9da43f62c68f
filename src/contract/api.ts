import { oc } from '@orpc/contract'
import { z } from 'zod'
import { TOKEN_SCOPES } from '../domain/permissions.ts'
import {
  NewPbi,
  NewProduct,
  NewSprint,
  NewSprintRun,
  NewStory,
  NewTask,
  PbiView,
  ProductView,
  QueueState,
  SprintRunView,
  SprintView,
  StoryView,
  TaskView,
} from './backlog.ts'
import { Id, Instant, PermissionMode, Sha, Usage, VerifyResult } from './fields.ts'
import { JobKindName, JobStatusName, JobView } from './job.ts'
import { Offer, SettingOverrides, TaskContext } from './work.ts'

const Hold = z.object({ job_id: Id, claim_token: z.uuid() })
const Lease = z.object({ lease_until: Instant })
const Summary = z.string().max(8_000)

/** Everything that a host, the command line and the web page can ask of a server. */
export const api = {
  system: {
    health: oc.output(
      z.object({ version: z.string(), database: z.string(), user: z.object({ id: Id, name: z.string() }) }),
    ),
  },
  hosts: {
    register: oc
      .input(
        z.object({
          host_id: Id,
          host_name: z.string().max(200),
          version: z.string().max(50),
          worker_name: z.string().max(200),
        }),
      )
      .output(z.object({ worker_id: Id, server_version: z.string() })),
  },
  jobs: {
    claim: oc
      .input(z.object({ worker_id: Id, product_id: Id.optional(), wait_ms: z.int().min(0).max(60_000) }))
      .output(z.object({ offer: Offer.nullable() })),
    attach: oc
      .input(
        Hold.extend({
          worktree_path: z.string().min(1),
          branch: z.string().min(1),
          base_sha: Sha,
          overrides: SettingOverrides.optional(),
        }),
      )
      .output(TaskContext),
    giveBack: oc
      .input(Hold.extend({ blame: z.enum(['nobody', 'setup', 'host']), reason: z.string().max(4_000) }))
      .output(z.object({ status: JobStatusName })),
    renew: oc.input(Hold).output(Lease),
    start: oc.input(Hold).output(Lease),
    recordVerification: oc
      .input(
        Hold.extend({
          verified_sha: Sha,
          changed_paths: z.array(z.string()).max(100_000),
          changed_lines: z.int().min(0),
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
    deliver: oc
      .input(Hold.extend({ head_sha: Sha, summary: Summary.optional(), usage: Usage.optional() }))
      .output(z.object({ push_within_ms: z.int() })),
    reportConflict: oc.input(Hold.extend({ base_sha: Sha })).output(z.object({ status: JobStatusName })),
    settle: oc
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
    recordRemains: oc
      .input(
        z.object({
          worker_id: Id,
          job_id: Id,
          attempt: z.int(),
          rescue_ref: z.string().max(300).nullable(),
          removed: z.boolean(),
        }),
      )
      .output(z.object({ recorded: z.boolean() })),
    get: oc.input(z.object({ job_id: Id })).output(JobView),
    list: oc
      .input(
        z.object({
          product_id: Id.optional(),
          statuses: z.array(JobStatusName).optional(),
          limit: z.int().min(1).max(500).default(50),
        }),
      )
      .output(z.array(JobView)),
    dispatch: oc
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
    checkQueue: oc.input(z.object({ product_id: Id.optional() })).output(QueueState),
  },
  products: {
    list: oc.output(z.array(ProductView)),
    create: oc.input(NewProduct).output(ProductView),
  },
  backlog: {
    createPbi: oc.input(NewPbi).output(PbiView),
    createStory: oc.input(NewStory).output(StoryView),
    createTask: oc.input(NewTask).output(TaskView),
  },
  sprints: {
    create: oc.input(NewSprint).output(SprintView),
    startRun: oc.input(NewSprintRun).output(SprintRunView),
    getRun: oc.input(z.object({ sprint_run_id: Id })).output(SprintRunView),
  },
  tokens: {
    create: oc
      .input(
        z.object({
          name: z.string().trim().min(1).max(100),
          scopes: z.array(z.enum(TOKEN_SCOPES)).min(1).optional(),
          product_ids: z.array(Id).min(1).optional(),
          expires_in_days: z.int().min(1).max(3_650).optional(),
        }),
      )
      .output(z.object({ id: Id, name: z.string(), scopes: z.array(z.enum(TOKEN_SCOPES)), token: z.string() })),
    revoke: oc.input(z.object({ token_id: Id })).output(z.object({ revoked: z.literal(true) })),
  },
}
