/**
 * Why a line of work is never taken up again: its branch is MERGED into the default branch, or GONE from origin after
 * it was pushed, or it is FOREIGN: of that name on origin without ever having been ours.
 */
export const LINE_ENDS = ['MERGED', 'GONE', 'FOREIGN'] as const
export type LineEnd = (typeof LINE_ENDS)[number]

/** What has happened on a line: nothing yet, an attempt, or an attempt that reached origin. */
export const LINE_STATES = ['NEW', 'BEGUN', 'PUSHED'] as const
export type LineState = (typeof LINE_STATES)[number]
