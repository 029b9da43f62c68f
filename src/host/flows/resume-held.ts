import { AppError } from '../../errors.ts'
import { fromApi, isClaimOver } from './api-error.ts'
import type { Host } from './host.ts'
import { watchOver } from './keep-lease.ts'
import { leaveWork } from './leave-work.ts'
import { resumeWork } from './resume-work.ts'
import type { HeldWork, Hold, Worker } from './worker.ts'

/**
 * In the worker's turn: the job that it wants to go on with. One that it holds already is renewed; one whose lease ended
 * meanwhile, because the machine slept or the server was away, is taken up again as long as nothing came of that.
 */
export async function resumeHeld(host: Host, worker: Worker, hold: Hold): Promise<HeldWork> {
  const { held } = worker
  if (!held) return resumeWork(host, worker, hold).catch(explain)
  try {
    const { lease_until } = await host.api.jobs.renew({ ...held.hold, ...held.silence })
    held.order = { ...held.order, lease_until }
    return held
  } catch (error) {
    if (!isClaimOver(error)) throw fromApi(error)
  }
  try {
    const resumed = await resumeWork(host, worker, hold)
    void held.letGo()
    await held.checks.stop()
    return resumed
  } catch (error) {
    if (isClaimOver(error)) await leaveWork(host, worker, held, error)
    else await watchAnew(host, worker, held)
    return explain(error)
  }
}

/** The server may have it down as live again, and the watch of a claim that had lapsed is over. */
async function watchAnew(host: Host, worker: Worker, held: HeldWork): Promise<void> {
  await held.letGo()
  held.letGo = watchOver(host, worker, held)
}

/** What failed on the way says nothing of the claim, and nothing of it was touched. */
function explain(error: unknown): never {
  const cause = fromApi(error)
  if (!MAY_PASS.has(cause.code)) throw cause
  const hint = `${cause.hint} Your worktree stays as it is: call wait_for_job with resume again.`
  throw new AppError(cause.code, cause.message, { cause, hint })
}

/** Failures after which the same resume can succeed. */
const MAY_PASS = new Set(['SERVER_UNAVAILABLE', 'INTERNAL_ERROR', 'CONFIG_INVALID', 'REPO_NOT_CONFIGURED'])
