import { cutLease } from '../flows/cut-lease.ts'
import type { Hold } from '../flows/hold.ts'
import { recordActivity } from '../flows/record-activity.ts'
import { renewClaim, startJob } from '../flows/renew-claim.ts'
import type { Server } from '../flows/server-context.ts'
import { takeOverJob } from '../flows/take-over-job.ts'
import type { ApiBase } from './base.ts'
import { iso, lower } from './views/words.ts'
import { takenOverView } from './views/work-view.ts'

/** The job procedures by which a claim holder keeps its claim, and others take it over. */
export function leaseProcedures(server: Server, { base, works, holds }: ApiBase) {
  const { jobs } = base
  return {
    renew: jobs.renew.use(holds).handler(async ({ input, context }) => {
      const holder = { ...hold(input), workerId: input.worker_id ?? null }
      const renewed = await renewClaim(server, context.caller, holder, input.silent_seconds)
      return {
        lease_until: iso(renewed.leaseUntil),
        sprint_run_status: renewed.runStatus && lower(renewed.runStatus),
        sprint_run_pause_reason: renewed.pauseReason,
      }
    }),
    start: jobs.start.use(holds).handler(async ({ input, context }) => ({
      lease_until: iso(await startJob(server, context.caller, hold(input), input.silent_seconds)),
    })),
    recordActivity: jobs.recordActivity.use(works).handler(async ({ input, context }) => ({
      recorded: await recordActivity(server, context.caller, hold(input)),
    })),
    cutLease: jobs.cutLease.use(works).handler(async ({ input, context }) => ({
      cut: await cutLease(server, context.caller, hold(input), input.worker_id),
    })),
    takeOver: jobs.takeOver.use(holds).handler(async ({ input, context }) => {
      const taker = { workerId: input.worker_id, silentSeconds: input.silent_seconds ?? null }
      const taken = await takeOverJob(server, context.caller, hold(input), taker)
      return takenOverView(taken, server.settings.heartbeatSeconds)
    }),
  }
}

/** A claim as the flows name it. */
export function hold(input: { job_id: string; claim_token: string }): Hold {
  return { jobId: input.job_id, claimToken: input.claim_token }
}
