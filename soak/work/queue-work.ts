import type { ApiClient } from '../../src/contract/client.ts'
import type { Order, OrderKind, PlannedTask } from './plan-work.ts'

/** An order as it stands on the board, before anything of it is queued. */
export interface AuthoredOrder {
  kind: OrderKind
  due: number
  taskIds: string[]
  /** Empty for tasks that are sent one by one. */
  sprintId: string
}

/** Makes a product for each of the repositories; every other one wants kept work on origin, too. Then what is ordered. */
export async function authorWork(
  api: ApiClient,
  repoUrls: readonly string[],
  orders: readonly Order[],
): Promise<AuthoredOrder[]> {
  const pbis: { product_id: string; pbi_id: string }[] = []
  for (const [n, repo_url] of repoUrls.entries()) {
    const { id: product_id } = await api.products.create({ name: `Product ${n + 1}`, repo_url })
    await api.products.update({ product_id, push_rescues: n % 2 === 1 })
    const { id: pbi_id } = await api.backlog.createPbi({ product_id, title: 'Everything' })
    pbis.push({ product_id, pbi_id })
  }
  const authored: AuthoredOrder[] = []
  for (const order of orders) {
    const pbi = pbis[order.product]
    if (pbi) authored.push(await authorOrder(api, pbi, order))
  }
  return authored
}

async function authorOrder(
  api: ApiClient,
  { product_id, pbi_id }: { product_id: string; pbi_id: string },
  { kind, name, due, stories }: Order,
): Promise<AuthoredOrder> {
  const story_ids: string[] = []
  const taskIds: string[] = []
  for (const [n, tasks] of stories.entries()) {
    const { id } = await api.backlog.createStory({ pbi_id, title: `${name}, story ${n + 1}` })
    story_ids.push(id)
    taskIds.push(...(await addTasks(api, id, tasks)))
  }
  const sprint = kind === 'TASKS' ? null : await api.sprints.create({ product_id, goal: name, story_ids })
  return { kind, due, taskIds, sprintId: sprint?.id ?? '' }
}

async function addTasks(api: ApiClient, story_id: string, tasks: readonly PlannedTask[]): Promise<string[]> {
  const ids: string[] = []
  for (const { title, plan } of tasks)
    ids.push((await api.backlog.createTask({ story_id, title, implementation_plan: plan })).id)
  return ids
}

/** Has an order worked on. */
export async function queueOrder(api: ApiClient, { kind, taskIds, sprintId }: AuthoredOrder): Promise<void> {
  if (kind === 'TASKS') for (const task_id of taskIds) await once(api.jobs.dispatch({ task_id }))
  else await once(api.sprints.startRun({ sprint_id: sprintId, ...RUNS[kind] }))
}

const RUNS = {
  SPRINT: { pr_strategy: 'SPRINT' },
  STORY: { pr_strategy: 'STORY' },
  BATCH: { execution: 'BATCH' },
} as const

/** A call whose answer was lost is repeated by our client, and told that it was made already. */
async function once(call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'CONFLICT')) throw error
  })
}
