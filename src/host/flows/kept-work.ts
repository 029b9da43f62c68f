import { listRescueRefs, type RescueRef } from '../git/rescue-refs.ts'
import type { Host } from './host.ts'

/** Work on a rescue ref, and what the server says of its claim. */
export interface KeptWork extends RescueRef {
  root: string
  /** Not a copy of what another host has. */
  isOurs: boolean
  mayPush: boolean
  /** Of a claim of this host of whose work the server knows no ref. */
  isUntold: boolean
  /** By Date.now(); null while the job has work ahead. */
  jobEndedAt: number | null
}

const MOST_AT_ONCE = 500

/** The work that is kept in a repository, all of it or that of one job; what the server does not know is left out. */
export async function listKeptWork(host: Host, root: string, jobId?: string): Promise<KeptWork[]> {
  const refs = await listRescueRefs(host.git, root, jobId)
  const kept: KeptWork[] = []
  for (let n = 0; n < refs.length; n += MOST_AT_ONCE)
    kept.push(...(await judge(host, root, refs.slice(n, n + MOST_AT_ONCE))))
  return kept
}

async function judge(host: Host, root: string, refs: readonly RescueRef[]): Promise<KeptWork[]> {
  const claims = refs.map(({ jobId, claimNo }) => ({ job_id: jobId, attempt: claimNo }))
  const judged = (await host.api.jobs.judgeClaims({ claims })).claims
  return refs.flatMap(ref => {
    const claim = judged.find(({ job_id, attempt }) => job_id === ref.jobId && attempt === ref.claimNo)
    if (!claim) return []
    const { host_id, rescue_ref, job_ended_at } = claim
    const isOurs = host_id === null || host_id === host.hostId
    const jobEndedAt = job_ended_at === null ? null : Date.parse(job_ended_at)
    const isUntold = host_id === host.hostId && rescue_ref === null
    return [{ ...ref, root, isOurs, isUntold, mayPush: claim.push_rescues, jobEndedAt }]
  })
}
