import { attachWorktree } from '../flows/attach-worktree.ts'
import { cancelJob } from '../flows/cancel-job.ts'
import { checkQueue } from '../flows/check-queue.ts'
import { claimJob } from '../flows/claim-job.ts'
import { deliverJob } from '../flows/deliver-job.ts'
import { enqueueTaskJob } from '../flows/enqueue-task-job.ts'
import { giveBackClaim } from '../flows/give-back-claim.ts'
import { judgeClaims } from '../flows/judge-claims.ts'
import { leaveLine } from '../flows/leave-line.ts'
import { findJob, findJobEvents, findJobs } from '../flows/look-at-jobs.ts'
import { recordRemains } from '../flows/record-remains.ts'
import { recordRescue } from '../flows/record-rescue.ts'
import { recordVerification } from '../flows/record-verification.ts'
import { releaseOffers } from '../flows/release-offers.ts'
import { reportConflict } from '../flows/report-conflict.ts'
import { retryJob } from '../flows/retry-job.ts'
import type { Server } from '../flows/server-context.ts'
import { settleJob } from '../flows/settle-job.ts'
import type { ApiBase } from './base.ts'
import { hold } from './leases.ts'
import { settingOverrides } from './setting-overrides.ts'
import { usageColumns } from './usage-columns.ts'
import { queueView } from './views/backlog-views.ts'
import { jobEventView, jobView } from './views/job-view.ts'
import { iso, lower, upper } from './views/words.ts'
import { offerView, workContextView } from './views/work-view.ts'

/** The job procedures of a claim holder, from the claim to its end. */
export function claimProcedures(server: Server, { base, works, holds }: ApiBase) {
  const { jobs } = base
  return {
    claim: jobs.claim.use(works).handler(async ({ input, context, signal }) => {
      const wish = { workerId: input.worker_id, productId: input.product_id ?? null, waitMs: input.wait_ms }
      const work = await claimJob(server, context.caller, wish, signal)
      return { offer: work && offerView(work) }
    }),
    attach: jobs.attach.use(holds).handler(async ({ input, context }) => {
      const { worktree_path: path, branch, base_sha: baseSha } = input
      const overrides = settingOverrides(input.overrides)
      const worktree = { path, branch, baseSha, overrides, silentSeconds: input.silent_seconds ?? null }
      const attached = await attachWorktree(server, context.caller, hold(input), worktree)
      return workContextView(attached, server.settings.heartbeatSeconds)
    }),
    giveBack: jobs.giveBack.use(holds).handler(async ({ input, context }) => {
      const job = await giveBackClaim(server, context.caller, hold(input), input)
      return { status: lower(job.status) }
    }),
    releaseOffers: jobs.releaseOffers.use(works).handler(async ({ input, context }) => ({
      released: await releaseOffers(server, context.caller, input.worker_id),
    })),
    leaveLine: jobs.leaveLine.use(holds).handler(async ({ input, context }) => {
      const line = { branch: input.branch, reason: upper(input.reason) }
      return { branch: await leaveLine(server, context.caller, hold(input), line) }
    }),
    recordVerification: jobs.recordVerification.use(holds).handler(async ({ input, context }) => {
      const diff = { paths: input.changed_paths, changedLines: input.changed_lines }
      const proof = { verifiedSha: input.verified_sha, checks: input.checks ?? null }
      const verdict = await recordVerification(server, context.caller, hold(input), { ...diff, ...proof })
      return {
        result: lower(verdict.result),
        reasoning: verdict.reasoning,
        missing_paths: verdict.missingPaths,
        extra_paths: verdict.extraPaths,
      }
    }),
    deliver: jobs.deliver.use(holds).handler(async ({ input, context }) => ({
      push_within_ms: await deliverJob(server, context.caller, hold(input), {
        headSha: input.head_sha,
        summary: input.summary ?? null,
        usage: usageColumns(input.usage),
        checks: input.checks ?? null,
      }),
    })),
    reportConflict: jobs.reportConflict.use(holds).handler(async ({ input, context }) => {
      const conflict = { originTip: input.base_sha, silentSeconds: input.silent_seconds ?? null }
      const job = await reportConflict(server, context.caller, hold(input), conflict)
      return { status: lower(job.status) }
    }),
    settle: jobs.settle.use(holds).handler(async ({ input, context }) => {
      const job = await settleJob(server, context.caller, hold(input), {
        outcome: upper(input.outcome),
        pushed: input.pushed,
        summary: input.summary ?? null,
        error: input.error ?? null,
        usage: usageColumns(input.usage),
      })
      return jobView(await findJob(server, context.caller, job.id))
    }),
  }
}

/** The job procedures of a host, about what claims leave on its disk. */
export function remainsProcedures(server: Server, { base, works }: ApiBase) {
  const { jobs } = base
  return {
    judgeClaims: jobs.judgeClaims.use(works).handler(async ({ input, context }) => {
      const claims = input.claims.map(({ job_id: jobId, attempt: claimNo }) => ({ jobId, claimNo }))
      const judged = await judgeClaims(server, context.caller, claims)
      return {
        claims: judged.map(claim => ({
          job_id: claim.jobId,
          attempt: claim.claimNo,
          state: claim.isLive ? ('live' as const) : ('dead' as const),
          host_id: claim.hostId,
          rescue_ref: claim.rescueRef,
          job_ended_at: iso(claim.jobEndedAt),
          push_rescues: claim.pushRescues,
        })),
      }
    }),
    recordRescue: jobs.recordRescue.use(works).handler(async ({ input, context }) => {
      const { job_id: jobId, attempt: claimNo, rescue_ref: rescueRef, state } = input
      const rescue = { workerId: input.worker_id, jobId, claimNo, rescueRef, state }
      return { recorded: await recordRescue(server, context.caller, rescue) }
    }),
    recordRemains: jobs.recordRemains.use(works).handler(async ({ input, context }) => ({
      recorded: await recordRemains(server, context.caller, {
        workerId: input.worker_id,
        jobId: input.job_id,
        claimNo: input.attempt,
        rescueRef: input.rescue_ref,
        removed: input.removed,
      }),
    })),
  }
}

/** The job procedures of everybody else. */
export function lookProcedures(server: Server, { base, reads, authors, decides }: ApiBase) {
  const { jobs } = base
  return {
    get: jobs.get
      .use(reads)
      .handler(async ({ input, context }) => jobView(await findJob(server, context.caller, input.job_id))),
    listEvents: jobs.listEvents.use(reads).handler(async ({ input, context }) => {
      const events = await findJobEvents(server, context.caller, input.job_id, input.limit)
      return events.map(jobEventView)
    }),
    cancel: jobs.cancel.use(decides).handler(async ({ input, context }) => {
      await cancelJob(server, context.caller, input.job_id)
      return jobView(await findJob(server, context.caller, input.job_id))
    }),
    retry: jobs.retry.use(decides).handler(async ({ input, context }) => {
      await retryJob(server, context.caller, input.job_id)
      return jobView(await findJob(server, context.caller, input.job_id))
    }),
    list: jobs.list.use(reads).handler(async ({ input, context }) => {
      const rows = await findJobs(server, context.caller, {
        limit: input.limit,
        ...(input.before && { before: input.before }),
        ...(input.product_id && { productId: input.product_id }),
        ...(input.statuses && { statuses: input.statuses.map(upper) }),
      })
      return rows.map(jobView)
    }),
    dispatch: jobs.dispatch.use(authors).handler(async ({ input, context }) => {
      const job = await enqueueTaskJob(server, context.caller, {
        kind: input.kind,
        taskId: input.task_id,
        model: input.model ?? null,
        thinkingBudget: input.thinking_budget ?? null,
        permissionMode: input.permission_mode ?? null,
      })
      return jobView(await findJob(server, context.caller, job.id))
    }),
    checkQueue: jobs.checkQueue.use(reads).handler(async ({ input, context }) =>
      queueView(
        await checkQueue(server, context.caller, {
          productId: input.product_id ?? null,
          hostId: input.host_id ?? null,
        }),
      ),
    ),
  }
}
