import { fromApi } from './api-error.ts'
import { dropRescues, isRetentionOver } from './drop-rescues.ts'
import type { Host } from './host.ts'
import { type KeptWork, listKeptWork } from './kept-work.ts'
import { listKnownRoots } from './known-roots.ts'
import { publishRescues } from './publish-rescues.ts'
import { recordRescues } from './record-rescues.ts'
import { Worker } from './worker.ts'

/**
 * Removes the kept work whose time is over, in every repository of this data folder, and of the rest tells the server what
 * it does not know, and brings to origin what is to be there and is not yet. Returns the refs that went.
 */
export async function sweepRescues(host: Host, signal?: AbortSignal): Promise<string[]> {
  const worker = new Worker(host, 'sweeper')
  const dropped: string[] = []
  for (const root of await listKnownRoots(host)) {
    try {
      dropped.push(...(await sweepOne(host, worker, root, signal)))
    } catch (error) {
      host.log.warn({ err: fromApi(error), root }, 'the kept work of a repository could not be looked after')
    }
  }
  return dropped
}

async function sweepOne(host: Host, worker: Worker, root: string, signal?: AbortSignal): Promise<string[]> {
  const over: KeptWork[] = []
  const rest: KeptWork[] = []
  for (const work of await listKeptWork(host, root))
    ((await isRetentionOver(host, work, signal)) ? over : rest).push(work)
  await recordRescues(
    host,
    worker,
    rest.filter(isFirstUntold).map(({ ref }) => ref),
  )
  const limits = { timeoutMs: host.limits.pushMs, signal }
  const missing = rest.filter(({ sha, originSha }) => sha !== originSha)
  await publishRescues(host, worker, missing, limits)
  return dropRescues(host, worker, over, limits)
}

/** Of one claim the ref without a number of its own comes first: it is the one with the last state. */
function isFirstUntold({ isUntold, jobId, claimNo }: KeptWork, n: number, all: readonly KeptWork[]): boolean {
  return isUntold && n === all.findIndex(work => work.jobId === jobId && work.claimNo === claimNo)
}
