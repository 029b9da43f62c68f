import type { ApiClient } from '../../contract/client.ts'
import { pathsInPlan } from '../../domain/plan-paths.ts'
import { oneLine } from '../one-line.ts'

const PBI_TITLE = 'Direct requests'
const TITLE_LENGTH = 80

export interface WorkRequest {
  text: string
  /** A plan of its own; without one, the text is the plan. */
  plan: string | null
}

/**
 * Makes a story and a task of a request, so that its branch is its own, and sends it to an agent; `beforeDispatch` is
 * for what must be so when the agent comes.
 */
export async function queueRequest(
  api: ApiClient,
  productId: string,
  { text, plan }: WorkRequest,
  beforeDispatch: () => Promise<void>,
) {
  const title = shorten(oneLine(text))
  const story = await api.backlog.createStory({ pbi_id: await findPbi(api, productId), title })
  const implementation_plan = plan ?? text
  const task = await api.backlog.createTask({
    story_id: story.id,
    title,
    ...(plan !== null && { description: text }),
    implementation_plan,
    // A wish that names no path says nothing about how much may change.
    ...(pathsInPlan(implementation_plan).length === 0 && { verify_required: 'any' as const }),
  })
  await beforeDispatch()
  return { story, task, job: await api.jobs.dispatch({ task_id: task.id }) }
}

async function findPbi(api: ApiClient, productId: string): Promise<string> {
  const known = (await api.backlog.listPbis({ product_id: productId })).find(({ title }) => title === PBI_TITLE)
  return (known ?? (await api.backlog.createPbi({ product_id: productId, title: PBI_TITLE }))).id
}

/** Cut at the end of a word, where there is one. */
function shorten(text: string): string {
  if (text.length <= TITLE_LENGTH) return text
  const beginning = text.slice(0, TITLE_LENGTH - 1)
  return `${beginning.replace(/(.{40}.*)\s\S*$/, '$1')}…`
}
