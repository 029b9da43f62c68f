import type { ApiClient } from '../../src/contract/client.ts'
import { newId } from '../../src/server/store/new-id.ts'

/** A product with one PBI, and as many stories with as many tasks as wished. */
export async function makeBacklog(
  api: ApiClient,
  wish: { repoUrl?: string; stories?: number; tasks?: number; plan?: string } = {},
) {
  const product = await api.products.create({
    name: 'Shop',
    ...(wish.repoUrl && { repo_url: wish.repoUrl }),
  })
  const pbi = await api.backlog.createPbi({ product_id: product.id, title: 'Checkout' })
  const stories = []
  for (let s = 0; s < (wish.stories ?? 1); s++) {
    const story = await api.backlog.createStory({ pbi_id: pbi.id, title: `Story ${s + 1}` })
    const tasks = []
    for (let t = 0; t < (wish.tasks ?? 1); t++) {
      tasks.push(
        await api.backlog.createTask({
          story_id: story.id,
          title: `Task ${s + 1}.${t + 1}`,
          implementation_plan: wish.plan ?? 'Change `hello.js`.',
        }),
      )
    }
    stories.push({ ...story, tasks })
  }
  const tasks = stories.flatMap(story => story.tasks)
  return { product, pbi, stories, tasks, firstTask: first(tasks) }
}

/** As many jobs as wished, each of a lane of its own, in order. */
export async function enqueueJobs(api: ApiClient, count: number): Promise<string[]> {
  const { tasks } = await makeBacklog(api, { stories: count })
  const ids = []
  for (const task of tasks) ids.push((await api.jobs.dispatch({ task_id: task.id })).job_id)
  return ids
}

/** Registers a worker on a host of its own, or on a given one. */
export async function makeWorker(api: ApiClient, hostId = newId('host')) {
  const { worker_id } = await api.hosts.register({
    host_id: hostId,
    host_name: 'test-host',
    version: '0.1.0-test',
    worker_name: 'test-agent',
  })
  return { workerId: worker_id, hostId }
}

/** Claims and attaches the next job, as a host would; throws when there is none. */
export async function takeJob(api: ApiClient, workerId: string, baseSha = 'a'.repeat(40)) {
  const { offer } = await api.jobs.claim({ worker_id: workerId, wait_ms: 0 })
  if (!offer) throw new Error('no job was claimable')
  const hold = { job_id: offer.job_id, claim_token: offer.claim_token }
  const context = await api.jobs.attach({
    ...hold,
    worktree_path: `/worktrees/${offer.job_id}`,
    branch: offer.branch,
    base_sha: baseSha,
  })
  if (context.kind !== 'TASK_IMPLEMENTATION') throw new Error(`the next job is a ${context.kind}`)
  return { offer, hold, context }
}

/** Verifies, delivers and settles a held job as done at one commit. */
export async function finishJobDone(
  api: ApiClient,
  hold: { job_id: string; claim_token: string },
  headSha = 'b'.repeat(40),
) {
  await api.jobs.recordVerification({ ...hold, verified_sha: headSha, changed_paths: ['hello.js'], changed_lines: 3 })
  await api.jobs.deliver({ ...hold, head_sha: headSha, summary: 'Changed the greeting as planned.' })
  return api.jobs.settle({ ...hold, outcome: 'done', pushed: true })
}

/** The first of a list that must not be empty. */
export function first<T>(list: readonly T[]): T {
  const [item] = list
  if (item === undefined) throw new Error('the list is empty')
  return item
}
