import { dropVacantEquipment } from '../kit/equipment.ts'
import { fromApi } from './api-error.ts'
import type { Host } from './host.ts'
import { sweepRescues } from './sweep-rescues.ts'
import { sweepWorktrees } from './sweep-worktrees.ts'

/** An origin that refuses kept work is not asked again with every sweep for worktrees. */
const RESCUES_EVERY = 10

/** Sweeps now and again and again until the result is called, which waits for a sweep that is under way. */
export function keepSweeping(host: Host): () => Promise<void> {
  let underWay: Promise<void> | null = null
  let begun = 0
  const stop = new AbortController()
  const sweep = () => {
    underWay ??= sweepAll(host, begun++ % RESCUES_EVERY === 0, stop.signal)
      .catch((error: unknown) => host.log.warn({ err: fromApi(error) }, 'a sweep failed'))
      .finally(() => {
        underWay = null
      })
  }
  sweep()
  const timer = setInterval(sweep, host.limits.sweepMs).unref()
  return async () => {
    clearInterval(timer)
    stop.abort()
    await underWay
  }
}

async function sweepAll(host: Host, withRescues: boolean, signal: AbortSignal): Promise<void> {
  const gone = await sweepWorktrees(host, signal)
  await dropVacantEquipment(host.roots.dataDir)
  if (gone.length > 0) host.log.info({ gone }, 'worktrees of dead attempts were removed')
  const dropped = withRescues ? await sweepRescues(host, signal) : []
  if (dropped.length > 0) host.log.info({ dropped }, 'rescue refs whose time was over were removed')
}
