import { reapStaleJobs } from '../../../src/server/flows/reap-stale-jobs.ts'
import { type KnownClaim, newCommit, type Owner, type World } from './world.ts'

/** One step of a random history: what is done, and which of the things that there are it is done to. */
export interface Step {
  name: CommandName
  who: number
  which: number
}
type Command = (world: World, owner: Owner, step: Step) => Promise<unknown>

/** One of a list, by a number that may be larger; undefined of none. */
const pick = <T>(things: readonly T[], which: number): T | undefined => things[which % Math.max(1, things.length)]

const onTask = (call: (owner: Owner, taskId: string) => Promise<unknown>): Command => {
  return async (_world, owner, { which }) => call(owner, pick(owner.tasks, which)?.id ?? '')
}
const onRun = (call: (owner: Owner, runId: string) => Promise<unknown>): Command => {
  return async (_world, owner, { which }) => {
    const runId = pick(owner.runIds, which)
    if (runId) await call(owner, runId)
  }
}
const onJob = (call: (owner: Owner, jobId: string) => Promise<unknown>): Command => {
  return async (_world, owner, { which }) => {
    const jobId = pick([...owner.jobIds], which)
    if (jobId) await call(owner, jobId)
  }
}
/** Mostly the newest claim, sometimes one that ended long ago. */
const onClaim = (call: (world: World, claim: KnownClaim, step: Step) => Promise<unknown>): Command => {
  return async (world, owner, step) => {
    const mine = world.claims.filter(claim => claim.owner === owner).reverse()
    const claim = pick(mine.slice(0, step.which % 5 === 0 ? mine.length : 2), step.which)
    if (claim) await call(world, claim, step)
  }
}
const onExecution = (call: (world: World, execution: Execution, step: Step) => Promise<unknown>): Command => {
  return onClaim(async (world, claim, step) => {
    const execution_id = pick(claim.executionIds, step.which)
    if (execution_id) await call(world, { ...holdOf(claim), execution_id, api: claim.owner.api }, step)
  })
}
type Execution = { job_id: string; claim_token: string; execution_id: string; api: Owner['api'] }

const holdOf = ({ job_id, claim_token }: KnownClaim) => ({ job_id, claim_token })
const startRun = async (owner: Owner, wish: object) => {
  const run = await owner.api.sprints.startRun({ sprint_id: owner.sprint.id, ...wish })
  owner.runIds.push(run.id)
  for (const { job_id } of run.jobs) owner.jobIds.add(job_id)
}
const proofOf = (verified_sha: string) => ({ verified_sha, changed_paths: ['hello.js'], changed_lines: 1 })

/** Everything that can happen to jobs and runs, as the api does it; a new flow belongs here. */
export const COMMANDS = {
  dispatch: onTask(async (owner, task_id) => {
    owner.jobIds.add((await owner.api.jobs.dispatch({ task_id })).job_id)
  }),
  startSprintRun: (_world, owner) => startRun(owner, {}),
  startStoryRun: (_world, owner) => startRun(owner, { pr_strategy: 'STORY' }),
  startBatchRun: (_world, owner) => startRun(owner, { execution: 'BATCH' }),
  continueRun: onRun((owner, previous_run_id) => startRun(owner, { previous_run_id })),
  pauseRun: onRun(({ api }, sprint_run_id) => api.sprints.pauseRun({ sprint_run_id })),
  resumeRun: onRun(({ api }, sprint_run_id) => api.sprints.resumeRun({ sprint_run_id })),
  cancelRun: onRun(({ api }, sprint_run_id) => api.sprints.cancelRun({ sprint_run_id })),
  cancelJob: onJob(({ api }, job_id) => api.jobs.cancel({ job_id })),
  retryJob: onJob(({ api }, job_id) => api.jobs.retry({ job_id })),
  finishTask: onTask(({ api }, task_id) => api.backlog.updateTaskStatus({ task_id, status: 'done' })),
  reopenTask: onTask(({ api }, task_id) => api.backlog.updateTaskStatus({ task_id, status: 'todo' })),
  excludeTask: onTask(({ api }, task_id) => api.backlog.updateTaskStatus({ task_id, status: 'excluded' })),
  claim: async (world, owner, { which }) => {
    const worker = pick(owner.workers, which)
    if (!worker) return
    const { workerId: worker_id, hostId: host_id } = worker
    const { empty } = await owner.api.jobs.checkQueue({ host_id })
    const { offer } = await owner.api.jobs.claim({ worker_id, wait_ms: 0 })
    if (!offer && !empty) throw new Error('H13 the queue was not empty, and gave nothing')
    if (!offer) return
    const { job_id, claim_token, branch, base_sha } = offer
    world.claims.push({ owner, job_id, claim_token, branch, base_sha, executionIds: [] })
  },
  attach: onClaim(async (world, claim) => {
    const base_sha = claim.base_sha ?? newCommit(world)
    const worktree = { worktree_path: `/w/${claim.claim_token}`, branch: claim.branch, base_sha }
    const context = await claim.owner.api.jobs.attach({ ...holdOf(claim), ...worktree })
    if (context.kind === 'SPRINT_IMPLEMENTATION')
      claim.executionIds = context.task_executions.map(({ execution_id }) => execution_id)
  }),
  takeOver: onClaim((_world, claim, { which }) => {
    const worker_id = pick(claim.owner.workers, which)?.workerId ?? ''
    return claim.owner.api.jobs.takeOver({ ...holdOf(claim), worker_id })
  }),
  renew: onClaim((_world, claim) => claim.owner.api.jobs.renew(holdOf(claim))),
  deliver: onClaim(async (world, claim) => {
    const head_sha = newCommit(world)
    const { api } = claim.owner
    await api.jobs.recordVerification({ ...holdOf(claim), ...proofOf(head_sha) })
    await api.jobs.deliver({ ...holdOf(claim), head_sha, summary: 'Did all of what the plan asks for.' })
  }),
  deliverSprint: onClaim(async ({ db }, claim) => {
    const { rows } = await db.pool.query(
      `select head_sha from sprint_task_executions where sprint_job_id = $1 and status = 'DONE'
        union all select base_sha from claude_jobs where id = $1`,
      [claim.job_id],
    )
    for (const { head_sha } of rows.reverse()) {
      const delivered = claim.owner.api.jobs.deliver({ ...holdOf(claim), head_sha: head_sha ?? '', summary: 'All.' })
      if (
        await delivered.then(
          () => true,
          () => false,
        )
      )
        return
    }
  }),
  conflict: onClaim((world, claim) =>
    claim.owner.api.jobs.reportConflict({ ...holdOf(claim), base_sha: newCommit(world) }),
  ),
  settleDone: onClaim((_world, claim) =>
    claim.owner.api.jobs.settle({ ...holdOf(claim), outcome: 'done', pushed: true }),
  ),
  fail: onClaim((_world, claim) =>
    claim.owner.api.jobs.settle({ ...holdOf(claim), outcome: 'failed', error: 'The tests are red.' }),
  ),
  skip: onClaim((_world, claim) =>
    claim.owner.api.jobs.settle({ ...holdOf(claim), outcome: 'skipped', error: 'It is so already.' }),
  ),
  giveBack: onClaim((_world, claim, { which }) => {
    const blame = pick(['nobody', 'setup', 'host'] as const, which) ?? 'nobody'
    return claim.owner.api.jobs.giveBack({ ...holdOf(claim), blame, reason: 'It went wrong.' })
  }),
  releaseOffers: (_world, owner, { which }) =>
    owner.api.jobs.releaseOffers({ worker_id: pick(owner.workers, which)?.workerId ?? '' }),
  startExecution: onExecution((_world, { api, ...execution }) => api.executions.start(execution)),
  finishExecution: onExecution(async (world, { api, ...execution }) => {
    const head_sha = newCommit(world)
    await api.executions.recordVerification({ ...execution, ...proofOf(head_sha) })
    await api.executions.deliver({ ...execution, head_sha })
    await api.executions.settle({ ...execution, outcome: 'done' })
  }),
  endExecution: onExecution((_world, { api, ...execution }, { which }) => {
    const outcome = pick(['skipped', 'failed'] as const, which) ?? 'skipped'
    return api.executions.settle({ ...execution, outcome, reason: 'It is so already.' })
  }),
  lapse: async ({ db, server }) => {
    await db.moveClock('1 hour')
    await reapStaleJobs(server)
  },
  archive: ({ db }, { product }, { which }) =>
    db.pool.query('update products set archived_at = case when $2 then now() end where id = $1', [
      product.id,
      which % 3 === 0,
    ]),
  leave: ({ db }, { product, userId }, { which }) =>
    which % 3 === 0
      ? db.pool.query('delete from product_members where product_id = $1', [product.id])
      : db.pool.query('insert into product_members (product_id, user_id) values ($1, $2) on conflict do nothing', [
          product.id,
          userId,
        ]),
} as const satisfies Record<string, Command>

export type CommandName = keyof typeof COMMANDS
export const COMMAND_NAMES = Object.keys(COMMANDS).filter((name): name is CommandName => name in COMMANDS)
