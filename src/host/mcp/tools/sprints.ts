import { z } from 'zod'
import { NewSprint, NewSprintRun, SprintRunView, SprintView } from '../../../contract/backlog.ts'
import { Id } from '../../../contract/fields.ts'
import { ADDS, defineTool, READS } from '../define-tool.ts'

export const createSprint = defineTool({
  name: 'create_sprint',
  title: 'Make a sprint',
  description: 'Makes a sprint of a product and puts stories into it.',
  input: NewSprint,
  output: SprintView,
  annotations: ADDS,
  run: async (input, { host }) => host.api.sprints.create(input),
})

export const startSprintRun = defineTool({
  name: 'start_sprint_run',
  title: 'Start a sprint run',
  description:
    'Enqueues every open task of a sprint, in order, on one branch. Lists all blockers at once if it cannot.',
  input: NewSprintRun,
  output: SprintRunView,
  annotations: ADDS,
  run: async (input, { host }) => host.api.sprints.startRun(input),
})

export const getSprintRun = defineTool({
  name: 'get_sprint_run',
  title: 'Look at a sprint run',
  description: 'Status of a run and of each of its jobs, in order.',
  input: z.object({ sprint_run_id: Id }),
  output: SprintRunView,
  annotations: READS,
  run: async (input, { host }) => host.api.sprints.getRun(input),
})
