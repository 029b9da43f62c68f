import type { Caller } from '../../domain/permissions.ts'
import { recordActivity as recordStored } from '../store/jobs/activity.ts'
import type { Hold } from './hold.ts'
import type { Server } from './server-context.ts'

/** Notes a sign of work on a held job, which keeps it from showing as stalled and renews nothing; false when it is not held. */
export async function recordActivity(server: Server, caller: Caller, hold: Hold): Promise<boolean> {
  return recordStored(server.pool, { userIds: caller.worksFor, ...hold })
}
