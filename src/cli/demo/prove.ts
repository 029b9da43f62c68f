import type { ApiClient } from '../../contract/client.ts'
import type { DemoWork } from './backlog.ts'
import { SINGLE_TASK, SPRINT_TASKS } from './plans.ts'
import type { Stage } from './stage.ts'

/** One thing that must be so, and whether it is. */
export interface Finding {
  holds: boolean
  what: string
}

/** Looks at the bare remote and at the board, and says what is there. */
export async function prove(stage: Stage, api: ApiClient, work: DemoWork): Promise<Finding[]> {
  const job = await api.jobs.get({ job_id: work.singleJobId })
  const run = await api.sprints.getRun({ sprint_run_id: work.sprintRunId })
  const queue = await api.jobs.checkQueue({})
  return [
    { holds: job.status === 'done', what: `job ${job.task?.code} is ${job.status}` },
    ...(await proveBranch(stage, job.branch ?? '', [SINGLE_TASK])),
    { holds: await tipIs(stage, job.branch ?? '', job.head_sha), what: 'its verified commit is the branch’s tip' },
    ...run.jobs.map(({ status, task }) => ({
      holds: status === 'done' && task?.status === 'done',
      what: `run job ${task?.code} is ${status}, its task ${task?.status}`,
    })),
    { holds: run.status === 'done', what: `the sprint run is ${run.status}` },
    { holds: run.sprint.status === 'closed', what: `sprint ${run.sprint.code} is ${run.sprint.status}` },
    ...(await proveBranch(stage, run.branch ?? '', SPRINT_TASKS)),
    { holds: queue.empty, what: queue.empty ? 'the queue is empty' : 'the queue is not empty' },
  ]
}

/** The remote's branch has one commit per task on top of main, and each file as its plan says. */
async function proveBranch(
  { git, remote }: Stage,
  branch: string,
  tasks: readonly { file: string; content: string }[],
): Promise<Finding[]> {
  const read = async (...args: string[]) => (await git.run(remote, args, { okExitCodes: [0, 128] })).stdout
  const commits = (await read('log', '--format=%h %s', `main..refs/heads/${branch}`, '--'))
    .trim()
    .split('\n')
    .filter(Boolean)
  const files = await Promise.all(
    tasks.map(async ({ file, content }) => (await read('show', `refs/heads/${branch}:${file}`)) === content),
  )
  return [
    { holds: commits.length === tasks.length, what: `remote branch ${branch}, on top of main:` },
    ...commits.reverse().map(commit => ({ holds: true, what: `    ${commit}` })),
    { holds: files.every(Boolean), what: `its files are as planned: ${tasks.map(task => task.file).join(', ')}` },
  ]
}

async function tipIs({ git, remote }: Stage, branch: string, sha: string | null): Promise<boolean> {
  const { stdout } = await git.run(remote, ['rev-parse', `refs/heads/${branch}`], { okExitCodes: [0, 128] })
  return sha !== null && stdout.trim() === sha
}
