import { z } from 'zod'
import type { ClaimedSprint } from './claimed.ts'
import { commitAll, mergeOrigin } from './commit.ts'
import { Refusal } from './connection.ts'
import { report } from './do-task.ts'
import { callAbout, think, type Work } from './work.ts'
import { writeFiles } from './write-files.ts'

const Anything = z.looseObject({})

/** Works through a sprint's tasks in order, those that an earlier attempt had not finished. */
export async function doSprint(work: Work, job: ClaimedSprint): Promise<void> {
  await callAbout(work, 'update_job_status', { status: 'running' }, Anything)
  for (const execution of job.task_executions) {
    if (execution.status === 'done' || execution.status === 'skipped') continue
    await doExecution(work, execution)
  }
  await report(work, { status: 'done', summary: 'Worked through all tasks of the sprint.' })
}

async function doExecution(work: Work, execution: ClaimedSprint['task_executions'][number]): Promise<void> {
  const { execution_id, title, plan_snapshot: plan } = execution
  const tell = (status: string) => callAbout(work, 'update_task_execution', { execution_id, status }, Anything)
  if (execution.status === 'pending') await tell('running')
  await writeFiles(work, plan ?? '', title)
  await think(work, work.stream.between(0.1, 1))
  await commitAll(work, title)
  for (let round = 1; ; round++) {
    const summary = 'Wrote all that the plan asks for, and a note.'
    await callAbout(work, 'verify_sprint_task', { execution_id, summary }, Anything)
    try {
      await tell('done')
      return
    } catch (error) {
      const code = error instanceof Refusal ? error.code : ''
      if (round === 3 || code !== 'DELIVERY_CONFLICT') throw error
      await mergeOrigin(work)
    }
  }
}
