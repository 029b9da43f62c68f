import { dropRescue, dropRescueOnOrigin } from '../git/drop-rescue.ts'
import { isOnOriginNow } from '../git/on-origin-now.ts'
import { savedAt } from '../git/rescue-refs.ts'
import type { PushLimits } from '../git/run-push.ts'
import { fromApi } from './api-error.ts'
import type { Host } from './host.ts'
import type { KeptWork } from './kept-work.ts'
import type { Worker } from './worker.ts'

/**
 * Whether kept work need not be kept any longer: its job has ended, and a branch of origin has it, or the time that a
 * person has set is over since the job ended and it was last saved to. Where git no longer knows when that was, it is kept.
 */
export async function isRetentionOver(host: Host, work: KeptWork, signal?: AbortSignal): Promise<boolean> {
  const { root, ref, sha, jobEndedAt, isOurs, originSha } = work
  if (jobEndedAt === null) return false
  // Another host's, of which origin has nothing: this may be all that there is of it.
  if (!isOurs && originSha !== sha) return false
  if (await isTimeOver(host, work, jobEndedAt)) return true
  try {
    return await isOnOriginNow(host.git, root, sha, signal)
  } catch (error) {
    host.log.warn({ err: fromApi(error), ref, root }, 'origin could not be asked for kept work')
    return false
  }
}

/** Commits that are nowhere else go only where a person has set a time for it. */
async function isTimeOver({ git, now, limits }: Host, { root, ref }: KeptWork, jobEndedAt: number): Promise<boolean> {
  if (limits.keepRescuesMs === null) return false
  const saved = await savedAt(git, root, ref)
  return saved !== null && now() - Math.max(saved.getTime(), jobEndedAt) > limits.keepRescuesMs
}

/** Removes kept work, what is ours also from origin, and returns the refs that went; one that resists stays for the next sweep. */
export async function dropRescues(
  host: Host,
  worker: Worker,
  over: readonly KeptWork[],
  limits: PushLimits,
): Promise<string[]> {
  const dropped: string[] = []
  for (const work of over) {
    try {
      if (work.isOurs) await dropForAll(host, worker, work, limits)
      await dropRescue(host.git, work.root, work)
      dropped.push(work.ref)
    } catch (error) {
      host.log.warn({ err: fromApi(error), ref: work.ref, root: work.root }, 'a rescue ref could not be removed')
    }
  }
  return dropped
}

/** The ref of this machine goes last, so that the next sweep makes up for what failed here. */
async function dropForAll(host: Host, worker: Worker, work: KeptWork, limits: PushLimits): Promise<void> {
  await dropRescueOnOrigin(host.git, work.root, work, limits)
  const claim = { worker_id: await worker.id(), job_id: work.jobId, attempt: work.claimNo }
  await host.api.jobs.recordRescue({ ...claim, rescue_ref: work.ref, state: 'dropped' })
}
