import { z } from 'zod'
import { PBI_STATUSES, SPRINT_STATUSES, STORY_STATUSES, TASK_STATUSES } from '../domain/backlog-lifecycle.ts'
import { PR_STRATEGIES, RUN_EXECUTIONS, SPRINT_RUN_STATUSES } from '../domain/sprint-run-lifecycle.ts'
import {
  Id,
  Instant,
  LongText,
  lowerCase,
  PermissionMode,
  Priority,
  RepoUrl,
  Sha,
  Title,
  VerifyRequired,
  VerifyResult,
} from './fields.ts'
import { JobStatusName } from './job.ts'
import { Kit } from './kit.ts'
import { ExecutionStatusName } from './sprint-work.ts'

export const ProductView = z.object({
  id: Id,
  name: z.string(),
  repo_url: z.string().nullable(),
  definition_of_done: z.string().nullable(),
  preferred_model: z.string().nullable(),
  thinking_budget_default: z.int().nullable(),
  preferred_permission_mode: PermissionMode.nullable(),
  push_rescues: z.boolean(),
  created_at: Instant,
  archived_at: Instant.nullable(),
})
/** How agents run that work for a product, unless a job or task says otherwise. */
const Preferences = {
  preferred_model: z.string().max(100).optional(),
  thinking_budget_default: z.int().min(0).max(1_000_000).optional(),
  preferred_permission_mode: PermissionMode.optional(),
}
export const NewProduct = z.object({
  name: Title,
  repo_url: RepoUrl.optional().describe(
    'https, ssh or file URL of the repository; without one a root must be configured',
  ),
  definition_of_done: LongText.optional(),
  ...Preferences,
})
/** What is left out stays as it is; null takes a value away. */
export const ProductChange = z.object({
  product_id: Id,
  name: Title.optional(),
  repo_url: RepoUrl.nullable().optional().describe('Only while none of its jobs is queued or at work'),
  definition_of_done: LongText.nullable().optional(),
  preferred_model: Preferences.preferred_model.nullable(),
  thinking_budget_default: Preferences.thinking_budget_default.nullable(),
  preferred_permission_mode: Preferences.preferred_permission_mode.nullable(),
  push_rescues: z
    .boolean()
    .optional()
    .describe('Whether rescue refs are pushed to origin, for whoever may read the repository to see'),
  archived: z.boolean().optional().describe('None of its jobs is given out; agents at work on one are stopped'),
})

export const ProductKit = z.object({ product_id: Id, kit: Kit })

const item = { id: Id, product_id: Id, code: z.string(), title: z.string() }
export const PbiView = z.object({ ...item, priority: Priority, status: lowerCase(PBI_STATUSES) })
export const NewPbi = z.object({
  product_id: Id,
  title: Title,
  description: LongText.optional(),
  priority: Priority.default(2).describe('1 is the most urgent; a label, never an order'),
})

export const StoryView = z.object({
  ...item,
  pbi_id: Id,
  sprint_id: Id.nullable(),
  priority: Priority,
  status: lowerCase(STORY_STATUSES),
})
export const NewStory = z.object({
  pbi_id: Id,
  title: Title,
  description: LongText.optional(),
  acceptance_criteria: LongText.optional(),
  priority: Priority.default(2),
})

export const TaskView = z.object({ ...item, story_id: Id, priority: Priority, status: lowerCase(TASK_STATUSES) })
export const NewTask = z.object({
  story_id: Id,
  title: Title,
  description: LongText.optional(),
  implementation_plan: LongText.optional().describe('Markdown; the finished diff is judged by the paths that it names'),
  priority: Priority.default(2),
  repo_url: RepoUrl.optional().describe('Only when it is another repository than the product’s'),
  verify_required: VerifyRequired.default('aligned_or_partial'),
  verify_only: z.boolean().default(false).describe('The task checks something and may change nothing'),
  requires_opus: z.boolean().default(false),
})

export const NewTaskStatus = z.object({ task_id: Id, status: lowerCase(TASK_STATUSES) })

export const SprintView = z.object({
  id: Id,
  product_id: Id,
  code: z.string(),
  goal: z.string(),
  status: lowerCase(SPRINT_STATUSES),
  story_ids: z.array(Id),
})
export const NewSprint = z.object({
  product_id: Id,
  goal: z.string().trim().min(1).max(500),
  story_ids: z.array(Id).max(500).default([]),
})

export const NewSprintRun = z.object({
  sprint_id: Id,
  pr_strategy: z
    .enum(PR_STRATEGIES)
    .optional()
    .describe('SPRINT (default): one branch for the whole run; STORY: one per story, side by side'),
  execution: z
    .enum(RUN_EXECUTIONS)
    .optional()
    .describe('PER_TASK (default): one job per task; BATCH: one job works through all tasks, on one branch'),
  previous_run_id: Id.optional().describe('A failed or cancelled run of the sprint to go on with, on its branches'),
})
export const SprintRunView = z.object({
  id: Id,
  sprint: z.object({ id: Id, code: z.string(), goal: z.string(), status: lowerCase(SPRINT_STATUSES) }),
  product_id: Id,
  status: lowerCase(SPRINT_RUN_STATUSES),
  pr_strategy: z.enum(PR_STRATEGIES),
  execution: z.enum(RUN_EXECUTIONS),
  branch: z.string().nullable().describe('Null where each story has a branch of its own'),
  previous_run_id: Id.nullable(),
  pause_reason: z.string().nullable(),
  created_at: Instant,
  started_at: Instant.nullable(),
  finished_at: Instant.nullable(),
  jobs: z.array(
    z.object({
      job_id: Id,
      sequence: z.int(),
      status: JobStatusName,
      branch: z.string().nullable(),
      task: z.object({ code: z.string(), title: z.string(), status: lowerCase(TASK_STATUSES) }).nullable(),
      error: z.string().nullable(),
    }),
  ),
  task_executions: z
    .array(
      z.object({
        execution_id: Id,
        order: z.int(),
        task: z.object({ code: z.string(), title: z.string() }),
        status: ExecutionStatusName,
        verify_result: VerifyResult.nullable(),
        head_sha: Sha.nullable(),
        reason: z.string().nullable(),
      }),
    )
    .describe('The tasks of a BATCH run'),
})

export const QueueState = z.object({
  empty: z.boolean().describe('Nothing can be claimed now'),
  products: z.array(
    z.object({
      product_id: Id,
      claimable: z.int(),
      active: z.int().describe('Held by a worker'),
      blocked: z.array(z.object({ reason: z.string(), count: z.int() })),
    }),
  ),
})
