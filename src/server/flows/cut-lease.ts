import type { Caller } from '../../domain/permissions.ts'
import { cutLease as cutStored } from '../store/jobs/cut-lease.ts'
import { type Hold, lockOwn } from './hold.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

/**
 * The connection of a claim's worker has closed without a report: its lease lasts for a minute more, in which its agent
 * may come back. Names the worker, so that it does nothing once another one has taken over. Returns whether it did.
 */
export async function cutLease(server: Server, caller: Caller, hold: Hold, workerId: string): Promise<boolean> {
  const holder = { userIds: caller.worksFor, ...hold, workerId }
  if (await cutStored(server.pool, holder, server.settings.closedSeconds)) return true
  await transact(server, tx => lockOwn(tx, caller, hold.jobId))
  return false
}
