import { cancelRun, pauseRun, resumeRun } from '../flows/control-run.ts'
import { createSprint } from '../flows/create-sprint.ts'
import { findRun } from '../flows/look-at-runs.ts'
import type { Server } from '../flows/server-context.ts'
import { startSprintRun } from '../flows/start-sprint-run.ts'
import type { ApiBase } from './base.ts'
import { sprintRunView, sprintView } from './views/backlog-views.ts'

/** Sprints and their runs. */
export function sprintProcedures(server: Server, { base, reads, authors, decides }: ApiBase) {
  return {
    create: base.sprints.create.use(authors).handler(async ({ input, context }) => {
      const wish = { productId: input.product_id, goal: input.goal, storyIds: input.story_ids }
      const { sprint, storyIds } = await createSprint(server, context.caller, wish)
      return sprintView(sprint, storyIds)
    }),
    startRun: base.sprints.startRun.use(authors).handler(async ({ input, context }) => {
      const run = await startSprintRun(server, context.caller, {
        sprintId: input.sprint_id,
        prStrategy: input.pr_strategy ?? null,
        execution: input.execution ?? null,
        previousRunId: input.previous_run_id ?? null,
      })
      return sprintRunView(await findRun(server, context.caller, run.id))
    }),
    pauseRun: base.sprints.pauseRun.use(authors).handler(async ({ input, context }) => {
      await pauseRun(server, context.caller, input.sprint_run_id, input.reason ?? null)
      return sprintRunView(await findRun(server, context.caller, input.sprint_run_id))
    }),
    resumeRun: base.sprints.resumeRun.use(authors).handler(async ({ input, context }) => {
      await resumeRun(server, context.caller, input.sprint_run_id)
      return sprintRunView(await findRun(server, context.caller, input.sprint_run_id))
    }),
    cancelRun: base.sprints.cancelRun.use(decides).handler(async ({ input, context }) => {
      await cancelRun(server, context.caller, input.sprint_run_id)
      return sprintRunView(await findRun(server, context.caller, input.sprint_run_id))
    }),
    getRun: base.sprints.getRun
      .use(reads)
      .handler(async ({ input, context }) => sprintRunView(await findRun(server, context.caller, input.sprint_run_id))),
  }
}
