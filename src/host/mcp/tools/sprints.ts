import { z } from 'zod'
import { NewSprint, NewSprintRun, SprintRunView, SprintView } from '../../../contract/backlog.ts'
import { Id } from '../../../contract/fields.ts'
import { ADDS, CHANGES, defineTool, READS } from '../define-tool.ts'

/** How a run stands; get_sprint_run says more. */
const RunLine = SprintRunView.pick({ id: true, status: true, pause_reason: true, branch: true })

export const createSprint = defineTool({
  name: 'create_sprint',
  title: 'Make a sprint',
  description: 'Makes a sprint of a product and puts stories into it.',
  input: NewSprint,
  output: SprintView,
  scope: 'author',
  annotations: ADDS,
  run: async (input, { host }) => host.api.sprints.create(input),
})

export const startSprintRun = defineTool({
  name: 'start_sprint_run',
  title: 'Start a sprint run',
  description:
    'Enqueues every open task of a sprint, in order. Lists all blockers at once if it cannot. Goes on with a run that failed when previous_run_id names it.',
  input: NewSprintRun,
  output: SprintRunView,
  scope: 'author',
  annotations: ADDS,
  run: async (input, { host }) => host.api.sprints.startRun(input),
})

export const getSprintRun = defineTool({
  name: 'get_sprint_run',
  title: 'Look at a sprint run',
  description: 'Status of a run and of each of its jobs, in order.',
  input: z.object({ sprint_run_id: Id }),
  output: SprintRunView,
  scope: 'read',
  annotations: READS,
  run: async (input, { host }) => host.api.sprints.getRun(input),
})

export const pauseSprintRun = defineTool({
  name: 'pause_sprint_run',
  title: 'Pause a sprint run',
  description: 'No further job of the run is given out until it is resumed; what is at work goes on.',
  input: z.object({ sprint_run_id: Id, reason: z.string().max(1_000).optional() }),
  output: RunLine,
  scope: 'author',
  annotations: CHANGES,
  run: async (input, { host }) => RunLine.parse(await host.api.sprints.pauseRun(input)),
})

export const resumeSprintRun = defineTool({
  name: 'resume_sprint_run',
  title: 'Resume a sprint run',
  description: 'Lets a paused run go on.',
  input: z.object({ sprint_run_id: Id }),
  output: RunLine,
  scope: 'author',
  annotations: CHANGES,
  run: async (input, { host }) => RunLine.parse(await host.api.sprints.resumeRun(input)),
})

export const cancelSprintRun = defineTool({
  name: 'cancel_sprint_run',
  title: 'Cancel a sprint run',
  description: 'Ends a run and its jobs. Their agents are told by their next call, and their work is kept.',
  input: z.object({ sprint_run_id: Id }),
  output: RunLine,
  scope: 'person',
  annotations: { ...CHANGES, destructiveHint: true },
  run: async (input, { host }) => RunLine.parse(await host.api.sprints.cancelRun(input)),
})
