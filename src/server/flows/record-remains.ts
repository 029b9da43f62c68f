import type { Caller } from '../../domain/permissions.ts'
import { recordRemains as recordStored } from '../store/attempts/attempts.ts'
import { readWorkerHost } from '../store/hosts/hosts.ts'
import type { Server } from './server-context.ts'

export interface Remains {
  workerId: string
  jobId: string
  claimNo: number
  rescueRef: string | null
  removed: boolean
}

/** Records where the work of an attempt was saved and whether its worktree is gone; false when it was another host's. */
export async function recordRemains(server: Server, caller: Caller, remains: Remains): Promise<boolean> {
  const hostId = await readWorkerHost(server.pool, caller.userId, remains.workerId)
  return hostId !== null && recordStored(server.pool, { ...remains, hostId })
}
