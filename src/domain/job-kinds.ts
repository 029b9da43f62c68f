/** What an agent can be asked to do. A kind is listed here once everything it needs works. */
export const JOB_KINDS = ['TASK_IMPLEMENTATION', 'SPRINT_IMPLEMENTATION'] as const
export type JobKind = (typeof JOB_KINDS)[number]
