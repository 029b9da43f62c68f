import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { TOKEN_SCOPES } from '../domain/permissions.ts'
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
  SprintRunView,
  SprintView,
  StoryView,
  TaskView,
} from './backlog.ts'
import { EventId, EventView } from './events.ts'
import { executions } from './executions.ts'
import { Id } from './fields.ts'
import { HostView } from './host.ts'
import { jobs } from './jobs.ts'
import { get, post, remove } from './procedures.ts'
import { TokenView } from './token.ts'

const RunRef = z.object({ sprint_run_id: Id })

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
  jobs,
  executions,
  products: {
    list: get('/products')
      .input(
        z
          .object({
            archived: z.boolean().default(false).describe('Those that are archived, instead of those that are not'),
          })
          .default({ archived: false }),
      )
      .output(z.array(ProductView)),
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
