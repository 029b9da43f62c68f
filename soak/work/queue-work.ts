import type { ApiClient } from '../../src/contract/client.ts'
import type { Order, PlannedTask } from './plan-work.ts'

export interface QueuedProduct {
  id: string
  pbiId: string
}

/** Makes a product for each of the repositories, with a PBI for everything; every other one has kept work on origin, too. */
export async function makeProducts(api: ApiClient, repoUrls: readonly string[]): Promise<QueuedProduct[]> {
  const products: QueuedProduct[] = []
  for (const [n, repo_url] of repoUrls.entries()) {
    const { id } = await api.products.create({ name: `Product ${n + 1}`, repo_url })
    await api.products.update({ product_id: id, push_rescues: n % 2 === 1 })
    const pbi = await api.backlog.createPbi({ product_id: id, title: 'Everything' })
    products.push({ id, pbiId: pbi.id })
  }
  return products
}

/** Brings an order onto the board and has it worked on. */
export async function queueOrder(api: ApiClient, products: readonly QueuedProduct[], order: Order): Promise<void> {
  const product = products[order.product]
  if (!product) throw new Error(`there is no product ${order.product}`)
  const stories: { id: string; taskIds: string[] }[] = []
  for (const [n, tasks] of order.stories.entries()) {
    const { id } = await api.backlog.createStory({ pbi_id: product.pbiId, title: `${order.name}, story ${n + 1}` })
    stories.push({ id, taskIds: await addTasks(api, id, tasks) })
  }
  if (order.kind === 'TASKS') {
    for (const task_id of stories.flatMap(({ taskIds }) => taskIds)) await api.jobs.dispatch({ task_id })
    return
  }
  const story_ids = stories.map(({ id }) => id)
  const sprint = await api.sprints.create({ product_id: product.id, goal: order.name, story_ids })
  await api.sprints.startRun({ sprint_id: sprint.id, ...RUNS[order.kind] })
}

const RUNS = {
  SPRINT: { pr_strategy: 'SPRINT' },
  STORY: { pr_strategy: 'STORY' },
  BATCH: { execution: 'BATCH' },
} as const

async function addTasks(api: ApiClient, story_id: string, tasks: readonly PlannedTask[]): Promise<string[]> {
  const ids: string[] = []
  for (const { title, plan } of tasks)
    ids.push((await api.backlog.createTask({ story_id, title, implementation_plan: plan })).id)
  return ids
}
