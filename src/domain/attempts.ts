/** How an attempt ended; LAPSED is one whose lease ran out. */
export const ATTEMPT_OUTCOMES = ['DONE', 'FAILED', 'SKIPPED', 'CANCELLED', 'LAPSED', 'GIVEN_BACK'] as const
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number]

const FIRST_BACK_OFF_SECONDS = 30
/** The set-up failure that fails a job. */
export const MAX_SETUP_FAILURES = 10

/** Seconds a job waits before it is offered again, when `earlierFailures` set-ups had failed before this one. */
export function setupBackOffSeconds(earlierFailures: number): number {
  return FIRST_BACK_OFF_SECONDS * 2 ** earlierFailures
}

export interface LapsedJob {
  attached: boolean
  delivered: boolean
  runEnded: boolean
  retryCount: number
  maxAttempts: number
  setupFailures: number
}

export type LapseVerdict =
  | { to: 'QUEUED'; charge: 'attempt' | 'setup' }
  | { to: 'FAILED'; charge: 'attempt' | 'setup'; error: string }
  | { to: 'CANCELLED' }

/**
 * What becomes of a job whose lease has ended. A lapsed offer is a failed set-up, a lapsed lease an attempt, which does
 * not fail a delivered job, because the next host must first look whether origin has it.
 */
export function judgeLapse(job: LapsedJob): LapseVerdict {
  if (job.runEnded && !job.delivered) return { to: 'CANCELLED' }
  if (!job.attached) {
    const failures = job.setupFailures + 1
    return failures >= MAX_SETUP_FAILURES
      ? { to: 'FAILED', charge: 'setup', error: `The job could not be set up in ${failures} tries.` }
      : { to: 'QUEUED', charge: 'setup' }
  }
  const attempts = job.retryCount + 1
  return attempts >= job.maxAttempts && !job.delivered
    ? { to: 'FAILED', charge: 'attempt', error: attemptsMade(attempts) }
    : { to: 'QUEUED', charge: 'attempt' }
}

/** The sentence that states how many attempts a job had before it was given up. */
export function attemptsMade(attempts: number): string {
  return `Given up after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}: each ended without a report.`
}
