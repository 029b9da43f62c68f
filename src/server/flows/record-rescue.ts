import type { Caller } from '../../domain/permissions.ts'
import { recordRescue as recordStored } from '../store/attempts/attempts.ts'
import { readWorkerHost } from '../store/hosts/hosts.ts'
import type { Server } from './server-context.ts'

export interface Rescue {
  workerId: string
  jobId: string
  claimNo: number
  rescueRef: string
  state: 'pushed' | 'dropped'
}

/** Records what became of the work that an attempt has on a rescue ref; false when another ref or host holds its last state. */
export async function recordRescue(server: Server, caller: Caller, rescue: Rescue): Promise<boolean> {
  const hostId = await readWorkerHost(server.pool, caller.userId, rescue.workerId)
  return hostId !== null && recordStored(server.pool, { ...rescue, hostId })
}
