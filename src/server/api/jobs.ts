import { attachWorktree } from '../flows/attach-worktree.ts'
import { checkQueue } from '../flows/check-queue.ts'
import { claimJob } from '../flows/claim-job.ts'
import { deliverJob } from '../flows/deliver-job.ts'
import { enqueueTaskJob } from '../flows/enqueue-task-job.ts'
import { giveBackClaim } from '../flows/give-back-claim.ts'
import { findJob, findJobs } from '../flows/look-at-jobs.ts'
import { recordRemains } from '../flows/record-remains.ts'
import { recordVerification } from '../flows/record-verification.ts'
import { renewClaim, startJob } from '../flows/renew-claim.ts'
import { reportConflict } from '../flows/report-conflict.ts'
import type { Server } from '../flows/server-context.ts'
import { settleJob } from '../flows/settle-job.ts'
import type { ApiBase } from './base.ts'
import { settingOverrides } from './setting-overrides.ts'
import { usageColumns } from './usage-columns.ts'
import { queueView } from './views/backlog-views.ts'
import { jobView } from './views/job-view.ts'
import { iso, lower, upper } from './views/words.ts'
import { offerView, taskContextView } from './views/work-view.ts'

/** The job procedures of a claim holder. */
export function claimProcedures(server: Server, { base, works }: ApiBase) {
  const { jobs } = base
  const hold = (input: { job_id: string; claim_token: string }) => ({
    jobId: input.job_id,
    claimToken: input.claim_token,
  })
  return {
    claim: jobs.claim.use(works).handler(async ({ input, context, signal }) => {
      const wish = { workerId: input.worker_id, productId: input.product_id ?? null, waitMs: input.wait_ms }
      const work = await claimJob(server, context.caller, wish, signal)
      return { offer: work && offerView(work) }
    }),
    attach: jobs.attach.use(works).handler(async ({ input, context }) => {
      const { worktree_path: path, branch, base_sha: baseSha } = input
      const worktree = { path, branch, baseSha, overrides: settingOverrides(input.overrides) }
      const attached = await attachWorktree(server, context.caller, hold(input), worktree)
      return taskContextView(attached, server.settings.heartbeatSeconds)
    }),
    giveBack: jobs.giveBack.use(works).handler(async ({ input, context }) => {
      const job = await giveBackClaim(server, context.caller, hold(input), input)
      return { status: lower(job.status) }
    }),
    renew: jobs.renew.use(works).handler(async ({ input, context }) => ({
      lease_until: iso(await renewClaim(server, context.caller, hold(input))),
    })),
    start: jobs.start.use(works).handler(async ({ input, context }) => ({
      lease_until: iso(await startJob(server, context.caller, hold(input))),
    })),
    recordVerification: jobs.recordVerification.use(works).handler(async ({ input, context }) => {
      const diff = { paths: input.changed_paths, changedLines: input.changed_lines, verifiedSha: input.verified_sha }
      const verdict = await recordVerification(server, context.caller, hold(input), diff)
      return {
        result: lower(verdict.result),
        reasoning: verdict.reasoning,
        missing_paths: verdict.missingPaths,
        extra_paths: verdict.extraPaths,
      }
    }),
    deliver: jobs.deliver.use(works).handler(async ({ input, context }) => ({
      push_within_ms: await deliverJob(server, context.caller, hold(input), {
        headSha: input.head_sha,
        summary: input.summary ?? null,
        usage: usageColumns(input.usage),
      }),
    })),
    reportConflict: jobs.reportConflict.use(works).handler(async ({ input, context }) => {
      const job = await reportConflict(server, context.caller, hold(input), input.base_sha)
      return { status: lower(job.status) }
    }),
    settle: jobs.settle.use(works).handler(async ({ input, context }) => {
      const job = await settleJob(server, context.caller, hold(input), {
        outcome: upper(input.outcome),
        pushed: input.pushed,
        summary: input.summary ?? null,
        error: input.error ?? null,
        usage: usageColumns(input.usage),
      })
      return jobView(await findJob(server, context.caller, job.id))
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
export function lookProcedures(server: Server, { base, reads, authors }: ApiBase) {
  const { jobs } = base
  return {
    get: jobs.get
      .use(reads)
      .handler(async ({ input, context }) => jobView(await findJob(server, context.caller, input.job_id))),
    list: jobs.list.use(reads).handler(async ({ input, context }) => {
      const rows = await findJobs(server, context.caller, {
        limit: input.limit,
        ...(input.product_id && { productId: input.product_id }),
        ...(input.statuses && { statuses: input.statuses.map(upper) }),
      })
      return rows.map(jobView)
    }),
    dispatch: jobs.dispatch.use(authors).handler(async ({ input, context }) => {
      const job = await enqueueTaskJob(server, context.caller, {
        taskId: input.task_id,
        model: input.model ?? null,
        thinkingBudget: input.thinking_budget ?? null,
        permissionMode: input.permission_mode ?? null,
      })
      return jobView(await findJob(server, context.caller, job.id))
    }),
    checkQueue: jobs.checkQueue
      .use(reads)
      .handler(async ({ input, context }) =>
        queueView(await checkQueue(server, context.caller, input.product_id ?? null)),
      ),
  }
}
