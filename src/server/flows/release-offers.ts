import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { readWorkerHost } from '../store/hosts/hosts.ts'
import { readOffers } from '../store/jobs/read-offers.ts'
import { releaseJobs } from './release-jobs.ts'
import type { Server } from './server-context.ts'

/** Puts back what one of the caller's workers was offered and has not attached, uncharged; returns how many jobs that were. */
export async function releaseOffers(server: Server, caller: Caller, workerId: string): Promise<number> {
  if (!(await readWorkerHost(server.pool, caller.userId, workerId)))
    throw new AppError('NOT_FOUND', `There is no worker ${workerId}.`, { hint: 'Register the host again.' })
  const offers = await readOffers(server.pool, [workerId])
  return releaseJobs(
    server,
    offers.filter(({ userId }) => caller.worksFor.includes(userId)),
  )
}
