import { z } from 'zod'
import { EFFORTS, MODEL_CLASSES } from '../domain/agent-settings.ts'
import { SPRINT_STATUSES } from '../domain/backlog-lifecycle.ts'
import { LINE_STATES } from '../domain/line-end.ts'
import { Id, Instant, lowerCase, PermissionMode, Sha } from './fields.ts'
import { JobKindName } from './job.ts'
import { Kit } from './kit.ts'

/** What an attempt before this one left behind. */
const PreviousAttempt = z.object({
  claim_no: z.int(),
  error: z.string().nullable(),
  summary: z.string().nullable(),
  rescue_ref: z.string().nullable(),
  on_origin: z.boolean(),
  host: z.string(),
})

const WorkConfig = z.object({
  model: z.string(),
  thinking_budget: z.int(),
  effort: z.enum(EFFORTS).nullable(),
  permission_mode: PermissionMode,
  max_turns: z.int().nullable(),
  allowed_tools: z.array(z.string()),
})

/** What a host's configuration says of models and of a kind's defaults, where it differs from ours. */
export const SettingOverrides = z.strictObject({
  models: z.partialRecord(z.enum(MODEL_CLASSES), z.string().min(1).max(100)).optional(),
  kind: z
    .strictObject({
      model_class: z.enum(MODEL_CLASSES),
      thinking_budget: z.int().min(0).max(1_000_000),
      permission_mode: PermissionMode,
      max_turns: z.int().min(1).nullable(),
      allowed_tools: z.array(z.string().min(1).max(200)).max(200),
      max_run_minutes: z.int().min(1).max(10_080),
    })
    .partial()
    .optional(),
})
export type SettingOverrides = z.infer<typeof SettingOverrides>

/** A claim that is not attached yet: what a host must know to make its worktree. */
export const Offer = z.object({
  job_id: Id,
  kind: JobKindName,
  claim_token: z.string(),
  attempt: z.int(),
  lease_until: Instant,
  product: z.object({ id: Id, name: z.string(), repo_url: z.string().nullable() }),
  task_repo_url: z.string().nullable(),
  branch: z.string(),
  line: lowerCase(LINE_STATES),
  base_sha: Sha.nullable(),
  /** Of a retry: what other jobs have delivered on the branch; with one of these since, `base_sha` no longer holds. */
  others_heads: z.array(Sha),
  /** Set when an earlier attempt passed deliver: look first whether origin has this commit. */
  head_sha: Sha.nullable(),
  /** Of the product, for its own repository: empty for a task of another one. */
  product_kit: Kit,
})
export type Offer = z.infer<typeof Offer>

/** What every kind of work has, as the server knows it after attaching. */
export const AttachedWork = z.object({
  job_id: Id,
  status: z.literal('claimed'),
  attempt: z.int(),
  claim_token: z.string(),
  lease_until: Instant,
  heartbeat_interval_seconds: z.int(),
  config: WorkConfig,
  product: z.object({
    id: Id,
    name: z.string(),
    repo_url: z.string().nullable(),
    definition_of_done: z.string().nullable(),
  }),
  repo_url: z.string().nullable(),
  previous_attempts: z.array(PreviousAttempt),
  feedback: z.string().nullable(),
  branch_name: z.string(),
  base_sha: Sha,
})

/** The goal twice, because agents know it by either name. */
export const SprintRef = z.object({
  id: Id,
  goal: z.string(),
  sprint_goal: z.string(),
  status: lowerCase(SPRINT_STATUSES),
})
