import type { ApiClient } from '../../contract/client.ts'
import { planFor, SINGLE_TASK, SPRINT_TASKS } from './plans.ts'

/** What the demo has queued. */
export interface DemoWork {
  productId: string
  singleJobId: string
  sprintRunId: string
}

/** Makes a product, two stories and a sprint, and queues one task by itself and a run of the sprint's three. */
export async function queueWork(api: ApiClient, repoUrl: string): Promise<DemoWork> {
  const product = await api.products.create({ name: 'Greeter', repo_url: repoUrl })
  const pbi = await api.backlog.createPbi({ product_id: product.id, title: 'Friendly words' })
  const addTask = (storyId: string, task: { title: string; file: string; content: string }) =>
    api.backlog.createTask({ story_id: storyId, title: task.title, implementation_plan: planFor(task) })

  const polite = await api.backlog.createStory({ pbi_id: pbi.id, title: 'Be polite' })
  const single = await api.jobs.dispatch({ task_id: (await addTask(polite.id, SINGLE_TASK)).id })

  const whole = await api.backlog.createStory({ pbi_id: pbi.id, title: 'From hello to goodbye' })
  for (const task of SPRINT_TASKS) await addTask(whole.id, task)
  const goal = 'Visitors are greeted and seen off'
  const sprint = await api.sprints.create({ product_id: product.id, goal, story_ids: [whole.id] })
  const run = await api.sprints.startRun({ sprint_id: sprint.id })
  return { productId: product.id, singleJobId: single.job_id, sprintRunId: run.id }
}
