import type { Caller } from '../../domain/permissions.ts'
import { recordRescue as recordStored } from '../store/attempts/attempts.ts'
import { readWorkerHost } from '../store/hosts/hosts.ts'
import type { Server } from './server-context.ts'
import { type Tx, transact } from './transact.ts'

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
  if (hostId === null) return false
  return transact(server, async tx => {
    const isRecorded = await recordStored(tx.client, { ...rescue, hostId })
    if (isRecorded) tell(tx, rescue)
    return isRecorded
  })
}

function tell(tx: Tx, { jobId: id, claimNo, rescueRef, state }: Rescue): void {
  if (state === 'pushed') tx.tell({ id, claimNo }, 'WORK_KEPT', `${rescueRef} is on origin, too.`)
  else
    tx.tell({ id, claimNo }, 'WORK_DROPPED', `${rescueRef} was removed: a branch has its commits, or its time is over.`)
}
