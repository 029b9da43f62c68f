import { PushFailure } from '../git/push-failure.ts'
import { markOnOrigin, pushRescue } from '../git/push-rescue.ts'
import type { PushLimits } from '../git/run-push.ts'
import { fromApi } from './api-error.ts'
import type { Host } from './host.ts'
import { type KeptWork, listKeptWork } from './kept-work.ts'
import type { Worker } from './worker.ts'

/** An agent waits for it; a sweep has more time. */
const AT_ONCE_MS = 30_000

/** Right after a job's work was saved: brings it to origin where its product wants that. It fails nothing. */
export async function publishRescuesOf(
  host: Host,
  worker: Worker,
  { root, jobId }: { root: string; jobId: string },
  signal?: AbortSignal,
): Promise<void> {
  try {
    await publishRescues(host, worker, await listKeptWork(host, root, jobId), { timeoutMs: AT_ONCE_MS, signal })
  } catch (error) {
    host.log.warn({ err: fromApi(error), root, jobId }, 'kept work could not be brought to origin; a sweep tries again')
  }
}

/** Brings to origin what of the kept work may go there. What fails stays as it is here, for the next sweep to try. */
export async function publishRescues(
  host: Host,
  worker: Worker,
  kept: readonly KeptWork[],
  limits: PushLimits,
): Promise<void> {
  for (const work of kept.filter(({ isOurs, mayPush }) => isOurs && mayPush)) {
    try {
      await publish(host, worker, work, limits)
    } catch (error) {
      const cause = fromApi(error)
      const { ref, root } = work
      host.log.warn({ err: cause, ref, root }, 'kept work could not be brought to origin; a sweep tries again')
      // A verdict on one ref has no cause and says nothing of the others; an origin that is away is away for all.
      if (!(cause instanceof PushFailure) || cause.cause !== undefined) return
    }
  }
}

/** It is marked as being there once the server knows, so that a sweep makes up for a call that failed. */
async function publish(host: Host, worker: Worker, work: KeptWork, limits: PushLimits): Promise<void> {
  const { root, ref, sha, originSha, jobId, claimNo } = work
  if (originSha !== sha) await pushRescue(host.git, root, work, limits)
  const claim = { worker_id: await worker.id(), job_id: jobId, attempt: claimNo }
  await host.api.jobs.recordRescue({ ...claim, rescue_ref: ref, state: 'pushed' })
  if (originSha !== sha) await markOnOrigin(host.git, root, work)
}
