import type { Host } from './host.ts'

/**
 * Whether a claim is still held, by the server's word. Who removes a worktree asks in the turn of its branch: an agent may
 * have come back meanwhile, and gone on with a claim that had lapsed.
 */
export async function isLive(host: Host, { jobId, claimNo }: { jobId: string; claimNo: number }): Promise<boolean> {
  const { claims } = await host.api.jobs.judgeClaims({ claims: [{ job_id: jobId, attempt: claimNo }] })
  return claims.some(({ state }) => state === 'live')
}
