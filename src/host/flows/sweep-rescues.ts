import { fromApi } from './api-error.ts'
import type { Host } from './host.ts'
import { listKeptWork } from './kept-work.ts'
import { listKnownRoots } from './known-roots.ts'
import { publishRescues } from './publish-rescues.ts'
import { Worker } from './worker.ts'

/** Brings to origin what of the kept work is to be there and is not yet, in every repository of this data folder. */
export async function sweepRescues(host: Host, signal?: AbortSignal): Promise<void> {
  const worker = new Worker(host, 'sweeper')
  for (const root of await listKnownRoots(host)) {
    try {
      const kept = await listKeptWork(host, root)
      await publishRescues(
        host,
        worker,
        kept.filter(({ sha, originSha }) => sha !== originSha),
        { timeoutMs: host.limits.pushMs, signal },
      )
    } catch (error) {
      host.log.warn({ err: fromApi(error), root }, 'the kept work of a repository could not be looked after')
    }
  }
}
