import { defineCommand } from 'citty'
import type { z } from 'zod'
import type { SprintRunView } from '../../contract/backlog.ts'
import type { ApiClient } from '../../contract/client.ts'
import { fields, JSON_ARG, print, table } from '../print.ts'
import type { Terminal } from '../terminal.ts'
import { withApi } from '../with-server.ts'

type Run = z.infer<typeof SprintRunView>

/** `run start|show|pause|resume|cancel`. */
export function runCommandOf(terminal: Terminal) {
  const start = defineCommand({
    meta: { name: 'start', description: 'Start a run of a sprint' },
    args: {
      sprint: { type: 'positional', description: 'The sprint’s id', required: true },
      strategy: { type: 'enum', options: ['SPRINT', 'STORY'], description: 'One branch, or one per story' },
      execution: {
        type: 'enum',
        options: ['PER_TASK', 'BATCH'],
        description: 'One job per task, or one for all of them',
      },
      previous: { type: 'string', description: 'An ended run of the sprint to go on with', valueHint: 'id' },
      ...JSON_ARG,
    },
    run: ({ args }) =>
      withApi(terminal, async api => {
        const wish = {
          sprint_id: args.sprint,
          pr_strategy: args.strategy,
          execution: args.execution,
          previous_run_id: args.previous,
        }
        print(terminal, args.json, await api.sprints.startRun(wish), runLines)
      }),
  })
  const act = (name: string, description: string, call: (api: ApiClient, id: string) => Promise<Run>) =>
    defineCommand({
      meta: { name, description },
      args: { id: { type: 'positional', description: 'The run’s id', required: true }, ...JSON_ARG },
      run: ({ args }) => withApi(terminal, async api => print(terminal, args.json, await call(api, args.id), runLines)),
    })
  const pause = defineCommand({
    meta: { name: 'pause', description: 'Give out no further job' },
    args: {
      id: { type: 'positional', description: 'The run’s id', required: true },
      reason: { type: 'string', description: 'What its agents are told', valueHint: 'text' },
      ...JSON_ARG,
    },
    run: ({ args: { id: sprint_run_id, reason, json } }) =>
      withApi(terminal, async api =>
        print(terminal, json, await api.sprints.pauseRun({ sprint_run_id, reason }), runLines),
      ),
  })
  return defineCommand({
    meta: { name: 'run', description: 'Start, watch and end runs of sprints' },
    subCommands: {
      start,
      show: act('show', 'Show a run and its jobs', (api, sprint_run_id) => api.sprints.getRun({ sprint_run_id })),
      pause,
      resume: act('resume', 'Let it go on', (api, sprint_run_id) => api.sprints.resumeRun({ sprint_run_id })),
      cancel: act('cancel', 'End it and its jobs; what agents did is kept', (api, sprint_run_id) =>
        api.sprints.cancelRun({ sprint_run_id }),
      ),
    },
  })
}

function runLines(run: Run): string[] {
  const about = fields({
    id: run.id,
    sprint: `${run.sprint.code} ${run.sprint.goal} (${run.sprint.status}), ${run.sprint.id}`,
    status: run.status,
    'paused because': run.pause_reason,
    execution: run.execution === 'BATCH' ? 'one job for all tasks' : 'one job per task',
    branch: run.branch ?? 'one per story',
    'goes on with': run.previous_run_id,
    started: run.started_at,
    finished: run.finished_at,
  })
  const jobs = run.jobs.map(job => [
    job.job_id,
    job.status,
    job.task && `${job.task.code} ${job.task.title}`,
    job.branch,
  ])
  const tasks = run.task_executions.map(({ task, status, verify_result, head_sha, reason }) => [
    `${task.code} ${task.title}`,
    status,
    verify_result,
    head_sha?.slice(0, 10) ?? null,
    reason,
  ])
  return [
    ...about,
    '',
    ...table(['JOB', 'STATUS', 'TASK', 'BRANCH'], jobs),
    ...(tasks.length > 0 ? ['', ...table(['TASK', 'STATUS', 'VERIFIED', 'COMMIT', 'REASON'], tasks)] : []),
  ]
}
