import { type Finding, finding } from './finding.ts'
import type { Board, JobRow } from './read-board.ts'

const ENDED_JOB = ['DONE', 'FAILED', 'SKIPPED', 'CANCELLED']
const ENDED_RUN = ['DONE', 'FAILED', 'CANCELLED']

/** Everything was queued, and has ended. */
export function proveAllEnded({ jobs, runs }: Board, planned: number): Finding[] {
  const missing = jobs.length === planned ? [] : [`${jobs.length} were`]
  return [
    finding(`all ${planned} jobs were queued`, missing),
    finding('every job has ended', live(jobs, ENDED_JOB)),
    finding(`every run has ended (${runs.length})`, live(runs, ENDED_RUN)),
  ]
}

function live(things: readonly { id: string; status: string; error?: string | null }[], ended: string[]): string[] {
  return things
    .filter(({ status }) => !ended.includes(status))
    .map(({ id, status, error }) => `${id} is ${status}${error ? `: ${error}` : ''}`)
}

/** A job that is done became so once, by one attempt at most. */
export function proveDoneOnce({ jobs, events, attempts }: Board): Finding {
  const wrong = jobs.flatMap(({ id, status }) => {
    const times = events.filter(event => event.job_id === id && event.status === 'done').length
    const done = attempts.filter(attempt => attempt.job_id === id && attempt.outcome === 'DONE').length
    const isRight = status === 'DONE' ? times === 1 && done <= 1 : times === 0 && done === 0
    return isRight ? [] : [`${id} is ${status}, and became done ${times} times, by ${done} attempts`]
  })
  return finding('no job was done twice', wrong)
}

/** Attempts that were charged: they ended without a report. */
export function proveAttempts(board: Board): Finding {
  const wrong = board.jobs.flatMap(job => {
    const charged = chargedOf(board, job)
    const stated = Number(/^Given up after (\d+) attempts?:/.exec(job.error ?? '')?.[1] ?? charged)
    const isRight = charged === job.retry_count && stated === charged && charged <= job.max_attempts
    return isRight
      ? []
      : [`${job.id} had ${charged} of ${job.max_attempts}, counts ${job.retry_count}, says: ${job.error}`]
  })
  return finding('H31 every job counts, and states, as many attempts as it had', wrong)
}

function chargedOf({ attempts }: Board, { id }: JobRow): number {
  const mine = attempts.filter(attempt => attempt.job_id === id)
  return mine.filter(({ outcome, error }) => outcome === 'LAPSED' || (outcome === 'FAILED' && isGivenUp(error))).length
}

function isGivenUp(error: string | null): boolean {
  return error?.startsWith('Given up after') ?? false
}

/** Each of them, seen from outside at any moment of the soak and at its end. */
export function proveInvariants(looks: number, breaches: readonly string[]): Finding {
  return finding(`the database was sound at each of ${looks} looks`, breaches)
}
