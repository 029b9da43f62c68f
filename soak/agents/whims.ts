import { z } from 'zod'
import { call } from './connection.ts'
import { doSprint } from './do-sprint.ts'
import { doTask, report } from './do-task.ts'
import { callAbout, think, type Work } from './work.ts'
import { writeFiles } from './write-files.ts'

/** How an agent goes about a job. */
export type Whim = 'finish' | 'dawdle' | 'fail' | 'skip' | 'release' | 'hangUp' | 'comeBack'

export const WHIM_WEIGHTS: Readonly<Record<Whim, number>> = {
  finish: 74,
  dawdle: 8,
  fail: 4,
  skip: 4,
  release: 4,
  hangUp: 3,
  comeBack: 3,
}

/** Longer than a lease, which the host has to keep. */
const DAWDLE_SECONDS = [11, 15] as const

export const WHIMS: Record<Whim, (work: Work) => Promise<void>> = {
  finish,
  dawdle: async work => {
    await leaveHalf(work)
    await think(work, work.stream.between(...DAWDLE_SECONDS))
    await finish(work)
  },
  fail: async work => {
    await leaveHalf(work)
    await report(work, { status: 'failed', error: 'The plan cannot be done as it is written.' })
  },
  skip: work => report(work, { status: 'skipped', error: 'All of it is there already.' }),
  release: async work => {
    await leaveHalf(work)
    const { soak, slot, connection, job } = work
    const reason = 'Something else has to be done before.'
    await call(soak, slot, connection, ['release_job', { job_id: job.job_id, reason }, z.looseObject({})])
  },
  hangUp: async work => {
    await leaveHalf(work)
    await work.connection.client.close()
  },
  comeBack: async work => {
    await leaveHalf(work)
    work.slot.resume = { job_id: work.job.job_id, claim_token: work.job.claim_token }
    await work.connection.client.close()
  },
}

async function finish(work: Work): Promise<void> {
  const { job } = work
  if (job.kind === 'TASK_IMPLEMENTATION') await doTask(work, job)
  else await doSprint(work, job)
}

/** Writes something and leaves it uncommitted. */
async function leaveHalf(work: Work): Promise<void> {
  await callAbout(work, 'job_heartbeat', {}, z.looseObject({}))
  await writeFiles(work, '', 'Half')
  await think(work, work.stream.between(0.1, 1.5))
}
