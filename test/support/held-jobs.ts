import type { ApiClient } from '../../src/contract/client.ts'
import { makeBacklog, makeWorker, takeJob } from './backlog.ts'

/** A claim as calls about it name it. */
export interface Hold {
  job_id: string
  claim_token: string
}

/** Commits that a job may start from and end at. */
export const SHA = { base: 'a'.repeat(40), head: 'b'.repeat(40), other: 'c'.repeat(40) }

/** A task's job that a worker of a new host has claimed and attached. */
export async function holdJob(api: ApiClient, wish: { plan?: string } = {}) {
  const { firstTask } = await makeBacklog(api, wish)
  await api.jobs.dispatch({ task_id: firstTask.id })
  const worker = await makeWorker(api)
  return { ...worker, task: firstTask, ...(await takeJob(api, worker.workerId)) }
}

/** A task's job that a worker of a new host was offered and has not attached. */
export async function holdOffer(api: ApiClient) {
  const { firstTask } = await makeBacklog(api)
  await api.jobs.dispatch({ task_id: firstTask.id })
  const worker = await makeWorker(api)
  return { ...worker, task: firstTask, ...(await takeOffer(api, worker.workerId)) }
}

/** The next job's offer, with what its host would attach; throws when there is none. */
export async function takeOffer(api: ApiClient, workerId: string, productId?: string) {
  const { offer } = await api.jobs.claim({
    worker_id: workerId,
    wait_ms: 0,
    ...(productId && { product_id: productId }),
  })
  if (!offer) throw new Error('no job was claimable')
  const hold: Hold = { job_id: offer.job_id, claim_token: offer.claim_token }
  return { offer, hold, worktree: { worktree_path: '/w', branch: offer.branch, base_sha: SHA.base } }
}

/** A run of a sprint that holds every story of a new backlog. */
export async function startRun(api: ApiClient, wish: { stories?: number; tasks?: number } = {}) {
  const backlog = await makeBacklog(api, wish)
  const sprint = await makeSprint(api, backlog)
  return { ...backlog, sprint, run: await api.sprints.startRun({ sprint_id: sprint.id }) }
}

/** A sprint that holds every story of a backlog. */
export function makeSprint(api: ApiClient, { product, stories }: Pick<Backlog, 'product' | 'stories'>) {
  return api.sprints.create({ product_id: product.id, goal: 'Sell more', story_ids: stories.map(story => story.id) })
}
type Backlog = Awaited<ReturnType<typeof makeBacklog>>

/** A BATCH run's job that a worker of a new host has claimed and attached, with its executions. */
export async function holdSprint(api: ApiClient, wish: { stories?: number; tasks?: number } = {}) {
  const backlog = await makeBacklog(api, wish)
  const sprint = await makeSprint(api, backlog)
  const run = await api.sprints.startRun({ sprint_id: sprint.id, execution: 'BATCH' })
  const worker = await makeWorker(api)
  return { ...backlog, ...worker, sprint, run, ...(await takeSprint(api, worker.workerId, backlog.product.id)) }
}

/** Claims and attaches a sprint's job, as a host would; throws when there is none. */
export async function takeSprint(api: ApiClient, workerId: string, productId?: string) {
  const { offer, hold, worktree } = await takeOffer(api, workerId, productId)
  const context = await api.jobs.attach({ ...hold, ...worktree, base_sha: offer.base_sha ?? SHA.base })
  if (context.kind !== 'SPRINT_IMPLEMENTATION') throw new Error(`the next job is a ${context.kind}`)
  return { offer, hold, context }
}

/** Records a verification of a held job; aligned unless other paths are named. */
export function verify(api: ApiClient, hold: Hold, sha: string, changed_paths = ['hello.js']) {
  return api.jobs.recordVerification({ ...hold, verified_sha: sha, changed_paths, changed_lines: 3 })
}
