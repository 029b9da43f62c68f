import { readPulse } from '../git/read-pulse.ts'
import { fromApi, isClaimOver } from './api-error.ts'
import type { Host } from './host.ts'
import type { HeldWork, Worker } from './worker.ts'

/**
 * Tells the server, again and again until the result is called, of each span in which the agent of a held job called or
 * changed its worktree: without one the job comes to show as stalled. Whether the lease is kept is another matter.
 */
export function watchActivity(
  host: Host,
  worker: Worker,
  { hold, order }: Pick<HeldWork, 'hold' | 'order'>,
): () => void {
  let lookedAt = Date.now()
  let pulse: string | null = null
  let isLooking = false

  const hasActed = async () => {
    const isCalled = worker.usedAt > lookedAt
    lookedAt = Date.now()
    if (isCalled) return true
    const before = pulse
    pulse = await readPulse(host.git, order.worktree_path)
    return before !== null && before !== pulse
  }
  const look = async () => {
    if (isLooking) return
    isLooking = true
    try {
      const isOver = (await hasActed()) && !(await host.api.jobs.recordActivity(hold)).recorded
      if (isOver) clearInterval(timer)
    } catch (error) {
      // A claim that is over, or a worktree that is gone, is for the calls to notice that need them.
      if (!isClaimOver(error)) host.log.debug({ err: fromApi(error), jobId: hold.job_id }, 'no look at a worktree')
    } finally {
      isLooking = false
    }
  }
  const timer = setInterval(() => void look(), host.limits.activityMs)
  timer.unref()
  return () => clearInterval(timer)
}
