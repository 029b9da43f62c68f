/** Between the attempts of one call, in ms. */
export const PAUSES = { minTimeout: 100, maxTimeout: 2_000, factor: 3 }

/**
 * The one call that is never repeated, because it would wait its whole time again. Who waits for a job looks at the clock,
 * asks anew, and is offered the same job.
 */
export function isWait(path: readonly string[]): boolean {
  return path.join('.') === 'jobs.claim'
}
