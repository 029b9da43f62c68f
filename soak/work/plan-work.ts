import { type Stream, streamOf } from '../random.ts'

/** A task and what an agent has to write for it. */
export interface PlannedTask {
  title: string
  plan: string
}

/** How a person has tasks done: one by one, or as a run of a sprint on one branch, on its stories' branches, or as one job. */
export type OrderKind = 'TASKS' | 'SPRINT' | 'STORY' | 'BATCH'

export interface Order {
  kind: OrderKind
  name: string
  /** Which of the products it is for. */
  product: number
  stories: PlannedTask[][]
  /** When it is queued, as a share of the time for kills. */
  due: number
}

/** By jobs, not by orders. */
const SHARES: Record<OrderKind, number> = { TASKS: 45, SPRINT: 20, STORY: 25, BATCH: 10 }

/** Half of the work is there at the start, the rest comes within the first half of the time. */
const AT_ONCE = 0.5
const LAST_DUE = 0.5

/** As many jobs as wished, in the order in which they are queued; the same for the same seed. */
export function planWork(seed: string, jobs: number, products: number): Order[] {
  const stream = streamOf(seed, 'work')
  const left = sharesOf(jobs)
  const orders: Order[] = []
  for (let planned = 0; planned < jobs; ) {
    const kind = stream.weighted(left)
    const n = orders.length + 1
    const stories = storiesOf(kind, n, Math.min(left[kind], jobs - planned), stream)
    const due = planned < jobs * AT_ONCE ? 0 : ((planned / jobs - AT_ONCE) / (1 - AT_ONCE)) * LAST_DUE
    orders.push({ kind, name: `Order ${n}`, product: stream.whole(0, products - 1), stories, due })
    const count = jobsOf({ kind, stories })
    planned += count
    left[kind] -= count
  }
  return orders
}

/** How many jobs an order comes to. */
export function jobsOf({ kind, stories }: Pick<Order, 'kind' | 'stories'>): number {
  return kind === 'BATCH' ? 1 : stories.flat().length
}

/** The kinds' jobs, which together are as many as wished. */
function sharesOf(jobs: number): Record<OrderKind, number> {
  const share = (kind: OrderKind) => Math.floor((jobs * SHARES[kind]) / 100)
  const runs = { SPRINT: share('SPRINT'), STORY: share('STORY'), BATCH: share('BATCH') }
  return { TASKS: jobs - runs.SPRINT - runs.STORY - runs.BATCH, ...runs }
}

/** Lengths of stories: few enough tasks that no line is longer than the soak. */
const SIZES: Record<OrderKind, { stories: [number, number]; tasks: [number, number] }> = {
  TASKS: { stories: [1, 3], tasks: [1, 4] },
  SPRINT: { stories: [1, 3], tasks: [1, 3] },
  STORY: { stories: [2, 4], tasks: [1, 4] },
  BATCH: { stories: [1, 2], tasks: [1, 3] },
}

function storiesOf(kind: OrderKind, order: number, most: number, stream: Stream): PlannedTask[][] {
  const { stories, tasks } = SIZES[kind]
  const planned: PlannedTask[][] = []
  let left = kind === 'BATCH' ? Number.POSITIVE_INFINITY : most
  const count = stream.whole(...stories)
  for (let s = 1; s <= count && left > 0; s++) {
    const length = Math.min(left, stream.whole(...tasks))
    planned.push(Array.from({ length }, (_, t) => taskOf(`${order}-${s}-${t + 1}`, stream)))
    left -= length
  }
  return planned
}

/** Each task writes files of its own. Some plans name none, so that only the size of the change is judged. */
function taskOf(name: string, stream: Stream): PlannedTask {
  const style = stream.weighted({ one: 60, two: 25, none: 15 })
  const paths = { one: [`parts/${name}.txt`], two: [`parts/${name}.txt`, `docs/${name}.md`], none: [] }[style]
  const lines = paths.map(path => `- Write \`${path}\``)
  return { title: `Task ${name}`, plan: lines.length > 0 ? lines.join('\n') : 'Note down what this part is for.' }
}
