import type { Caller } from '../../domain/permissions.ts'
import { readAttempt, recordRemains as recordStored } from '../store/attempts/attempts.ts'
import { readWorkerHost } from '../store/hosts/hosts.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

export interface Remains {
  workerId: string
  jobId: string
  claimNo: number
  rescueRef: string | null
  removed: boolean
}

/** Records where the work of an attempt was saved and whether its worktree is gone; false when it was another host's. */
export async function recordRemains(server: Server, caller: Caller, remains: Remains): Promise<boolean> {
  const { jobId, claimNo, rescueRef } = remains
  const hostId = await readWorkerHost(server.pool, caller.userId, remains.workerId)
  if (hostId === null) return false
  return transact(server, async tx => {
    const before = await readAttempt(tx.client, jobId, claimNo)
    const isRecorded = await recordStored(tx.client, { ...remains, hostId })
    if (isRecorded && rescueRef !== null && rescueRef !== before?.rescueRef)
      tx.tell({ id: jobId, claimNo }, 'WORK_KEPT', `What was not delivered is kept on ${rescueRef}.`)
    return isRecorded
  })
}
