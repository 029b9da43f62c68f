import type { WorkContext } from '../../contract/work-order.ts'
import { tipOf } from '../git/branch.ts'
import { fetchRescue } from '../git/fetch-rescue.ts'
import { claimOfRescue } from '../git/rescue-name.ts'
import { fromApi } from './api-error.ts'
import type { Host } from './host.ts'

/**
 * Brings what earlier attempts of a job left on origin, and returns which of their rescue refs are in the repository.
 * No set-up fails for it.
 */
export async function bringRescues(
  host: Host,
  root: string,
  { job_id, previous_attempts }: Pick<WorkContext, 'job_id' | 'previous_attempts'>,
  signal?: AbortSignal,
): Promise<Set<string>> {
  const here = new Set<string>()
  for (const { rescue_ref: ref, on_origin } of previous_attempts) {
    // Another host wrote it down: only the name of this very job's work is passed on to git.
    if (ref === null || claimOfRescue(ref)?.jobId !== job_id) continue
    try {
      const git = host.git
      const isHere = on_origin ? await fetchRescue(git, root, ref, signal) : (await tipOf(git, root, ref)) !== null
      if (isHere) here.add(ref)
    } catch (error) {
      host.log.warn({ err: fromApi(error), ref, root }, 'kept work could not be brought from origin')
    }
  }
  return here
}
