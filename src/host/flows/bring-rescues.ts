import type { WorkContext } from '../../contract/work-order.ts'
import { fetchRescue } from '../git/fetch-rescue.ts'
import { listOrigin } from '../git/origin.ts'
import { claimOfRescue, RESCUE_REFS } from '../git/rescue-name.ts'
import { listRescueRefs } from '../git/rescue-refs.ts'
import { fromApi } from './api-error.ts'
import type { Host } from './host.ts'

/**
 * Brings what earlier attempts of a job left on origin, and returns the rescue refs of the job that are in the
 * repository, by claim: those that the server knows, and what was saved beside them (`-2` and so on). No set-up fails
 * for it.
 */
export async function bringRescues(
  host: Host,
  root: string,
  { job_id, previous_attempts }: Pick<WorkContext, 'job_id' | 'previous_attempts'>,
  signal?: AbortSignal,
): Promise<Map<number, string[]>> {
  const kept = new Map<number, string[]>()
  if (previous_attempts.length === 0) return kept
  const orElse = async <T>(otherwise: T, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      host.log.warn({ err: fromApi(error), job_id, root }, 'kept work could not be brought from origin')
      return otherwise
    }
  }
  const isOnOrigin = previous_attempts.some(({ on_origin }) => on_origin)
  const there = isOnOrigin ? await orElse([], () => listOnOrigin(host, root, job_id, signal)) : []
  for (const ref of there) await orElse(false, () => fetchRescue(host.git, root, ref, signal))
  const here = await orElse([], () => listRescueRefs(host.git, root, job_id))
  for (const { ref, claimNo } of here) kept.set(claimNo, [...(kept.get(claimNo) ?? []), ref])
  return kept
}

/** Whoever may push to origin can have put anything there: only names of this very job's work are passed on to git. */
async function listOnOrigin(host: Host, root: string, jobId: string, signal?: AbortSignal): Promise<string[]> {
  const { tips } = await listOrigin(host.git, root, [`${RESCUE_REFS}/${jobId}/*`], signal)
  return [...tips.keys()].filter(ref => claimOfRescue(ref)?.jobId === jobId)
}
