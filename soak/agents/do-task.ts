import { z } from 'zod'
import type { Claimed } from './claimed.ts'
import { commitAll, mergeOrigin } from './commit.ts'
import { Refusal } from './connection.ts'
import { callAbout, think, type Work } from './work.ts'
import { writeFiles } from './write-files.ts'

const Report = z.object({ status: z.string(), head_sha: z.string().nullable().optional() })
const Anything = z.looseObject({})

/** Does a single task: one to three commits, verified and reported done. */
export async function doTask(work: Work, job: Extract<Claimed, { kind: 'TASK_IMPLEMENTATION' }>): Promise<void> {
  await callAbout(work, 'update_job_status', { status: 'running' }, Anything)
  const { title, implementation_plan: plan } = job.task
  const commits = work.stream.weighted({ one: 70, two: 20, three: 10 })
  for (let n = { one: 1, two: 2, three: 3 }[commits]; n > 0; n--) {
    await writeFiles(work, plan ?? '', title)
    await think(work, work.stream.between(0.1, 1))
    await commitAll(work, title)
  }
  await deliver(work)
}

/** Verifies and reports done, and does what it is told to when that is refused. */
async function deliver(work: Work): Promise<void> {
  for (let round = 1; ; round++) {
    await callAbout(work, 'verify_task_against_plan', {}, Anything)
    await think(work, work.stream.between(0, 0.5))
    try {
      return await report(work, { status: 'done', summary: 'Wrote all that the plan asks for, and a note.' })
    } catch (error) {
      const code = error instanceof Refusal ? error.code : ''
      if (round === 3 || (code !== 'DELIVERY_CONFLICT' && code !== 'VERIFY_REQUIRED')) throw error
      if (code === 'DELIVERY_CONFLICT') await mergeOrigin(work)
    }
  }
}

/** Reports how the job ended. */
export async function report(
  work: Work,
  { status, ...more }: { status: 'done' | 'failed' | 'skipped'; summary?: string; error?: string },
): Promise<void> {
  const { soak, about } = work
  soak.journal.write({ what: 'reports', status, ...about })
  const answer = await callAbout(work, 'update_job_status', { status, ...more }, Report)
  soak.journal.write({ what: 'reported', status: answer.status, headSha: answer.head_sha ?? null, ...about })
}
