import type { Caller } from '../../domain/permissions.ts'
import { recordCleanUp as recordStored } from '../store/attempts/attempts.ts'
import { readWorkerHost } from '../store/hosts/hosts.ts'
import type { Server } from './server-context.ts'

/** Records that the worker's host has removed an attempt's worktree; false when the attempt was not that host's. */
export async function recordCleanUp(
  server: Server,
  caller: Caller,
  attempt: { workerId: string; jobId: string; claimNo: number; rescueRef: string | null },
): Promise<boolean> {
  const hostId = await readWorkerHost(server.pool, caller.userId, attempt.workerId)
  if (!hostId) return false
  const { jobId, claimNo, rescueRef } = attempt
  return recordStored(server.pool, { jobId, claimNo, hostId }, rescueRef)
}
