import { fromApi } from './api-error.ts'
import type { Host } from './host.ts'
import { sweepWorktrees } from './sweep-worktrees.ts'

/** Sweeps now and again and again until the result is called, which waits for a sweep that is under way. */
export function keepSweeping(host: Host): () => Promise<void> {
  let underWay: Promise<void> | null = null
  const sweep = () => {
    underWay ??= sweepWorktrees(host)
      .then(gone => {
        if (gone.length > 0) host.log.info({ gone }, 'worktrees of dead attempts were removed')
      })
      .catch((error: unknown) => host.log.warn({ err: fromApi(error) }, 'a sweep for dead worktrees failed'))
      .finally(() => {
        underWay = null
      })
  }
  sweep()
  const timer = setInterval(sweep, host.limits.sweepMs).unref()
  return async () => {
    clearInterval(timer)
    await underWay
  }
}
