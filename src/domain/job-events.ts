/** What a job's history tells of, each in a sentence of its own. */
export const JOB_EVENT_KINDS = [
  'QUEUED',
  'BEGUN',
  'LINE_LEFT',
  'GIVEN_BACK',
  'LAPSED',
  'RESUMED',
  'CONNECTION_LOST',
  'STALLED',
  'ACTIVE',
  'TASK',
  'VERIFIED',
  'DELIVERED',
  'CONFLICT',
  'CANCEL_REQUESTED',
  'DONE',
  'FAILED',
  'SKIPPED',
  'CANCELLED',
  'WORK_KEPT',
  'WORK_DROPPED',
] as const
export type JobEventKind = (typeof JOB_EVENT_KINDS)[number]

/** Something that has happened to a job, in words for the person who looks at it later. */
export interface JobEvent {
  kind: JobEventKind
  words: string
}

/** A longer text, such as the output of a set-up that failed, is kept with the job or its attempt. */
const MOST_CHARACTERS = 1_000

/** The event with its words in bounds. */
export function jobEvent(kind: JobEventKind, words: string): JobEvent {
  return { kind, words: words.length > MOST_CHARACTERS ? `${words.slice(0, MOST_CHARACTERS - 1)}…` : words }
}

/** A commit as people read it. */
export function shortSha(sha: string | null): string {
  return sha?.slice(0, 7) ?? 'no commit'
}
