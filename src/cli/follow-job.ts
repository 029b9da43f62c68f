import pRetry from 'p-retry'
import type { JobView } from '../contract/job.ts'
import { fromApi } from '../host/flows/api-error.ts'
import { jobChanges } from './job-changes.ts'

export interface Following {
  /** Called with every change; the first call tells how things stand. */
  tell(job: JobView, changes: string[]): void
  /** Called when the server does not answer, and is asked again. */
  tellAway(): void
  /** Between two looks. */
  pause(): Promise<void>
  signal: AbortSignal
  /** How often a server that does not answer is asked again, and after how long for the first time. */
  patience?: { retries: number; minTimeout: number }
}

/** Whether a status is a job's end, and if so, the exit status of a command that follows it. */
export const EXIT_STATUS: Record<JobView['status'], number | null> = {
  queued: null,
  claimed: null,
  running: null,
  done: 0,
  skipped: 0,
  failed: 1,
  cancelled: 1,
}

/** Follows a job until its end, also over a server that is away for a minute or so. */
export async function followJob(read: () => Promise<JobView>, following: Following): Promise<JobView> {
  let before: JobView | null = null
  for (;;) {
    const job = await look(read, following)
    const changes = jobChanges(before, job)
    if (changes.length > 0) following.tell(job, changes)
    if (EXIT_STATUS[job.status] !== null) return job
    before = job
    await following.pause()
  }
}

/** With pauses of 0.5, 1, 2, 4 and then 5 seconds. */
const MINUTE = { retries: 14, minTimeout: 500 }

function look(read: () => Promise<JobView>, { tellAway, signal, patience = MINUTE }: Following): Promise<JobView> {
  return pRetry(read, {
    ...patience,
    maxTimeout: 5_000,
    signal,
    shouldRetry: isAway,
    onFailedAttempt: error => {
      if (error.attemptNumber === 1 && isAway(error)) tellAway()
    },
  })
}

function isAway(error: Error): boolean {
  return fromApi(error).code === 'SERVER_UNAVAILABLE'
}
