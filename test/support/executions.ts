import type { ApiClient } from '../../src/contract/client.ts'
import type { Hold, holdSprint } from './held-jobs.ts'

/** Commits of a sprint's tasks, one after the other. */
export const [ONE, TWO, THREE] = ['1'.repeat(40), '2'.repeat(40), '3'.repeat(40)] as const

type Executions = Awaited<ReturnType<typeof holdSprint>>['context']['task_executions']

/** The id of the execution at a place, from 0. */
export function idOf(executions: Executions, n: number): string {
  const execution = executions[n]
  if (!execution) throw new Error(`there is no execution ${n}`)
  return execution.execution_id
}

/** Works on one task of a sprint as a host would, up to its end. */
export async function finishExecution(api: ApiClient, hold: Hold, execution_id: string, head_sha: string) {
  const execution = { ...hold, execution_id }
  await api.executions.start(execution)
  await api.executions.recordVerification({ ...execution, ...changed(head_sha) })
  await api.executions.deliver({ ...execution, head_sha })
  return api.executions.settle({ ...execution, outcome: 'done' })
}

/** What a host found out about a commit. */
export function changed(verified_sha: string) {
  return { verified_sha, changed_paths: ['hello.js'], changed_lines: 3 }
}

export function skipExecution(api: ApiClient, hold: Hold, execution_id: string) {
  return api.executions.settle({ ...hold, execution_id, outcome: 'skipped', reason: 'It is so already.' })
}

/** Delivers and ends a sprint whose tasks are all finished. */
export async function finishSprint(api: ApiClient, hold: Hold, head_sha: string) {
  await api.jobs.deliver({ ...hold, head_sha, summary: 'All of it.' })
  return api.jobs.settle({ ...hold, outcome: 'done', pushed: true })
}

/** The statuses of a run's tasks, in their order. */
export async function executionStatuses(api: ApiClient, sprint_run_id: string): Promise<string[]> {
  return (await api.sprints.getRun({ sprint_run_id })).task_executions.map(({ status }) => status)
}
