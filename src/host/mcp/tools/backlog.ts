import { z } from 'zod'
import {
  NewPbi,
  NewStory,
  NewTask,
  NewTaskStatus,
  PbiView,
  ProductView,
  StoryView,
  TaskView,
} from '../../../contract/backlog.ts'
import { ADDS, CHANGES, defineTool, READS } from '../define-tool.ts'

/** Settings are for people to see. */
const ProductLine = ProductView.pick({
  id: true,
  name: true,
  repo_url: true,
  definition_of_done: true,
  created_at: true,
})

export const listProducts = defineTool({
  name: 'list_products',
  title: 'List products',
  description: 'The products that you can work on.',
  input: z.object({}),
  output: z.object({ products: z.array(ProductLine) }),
  scope: 'read',
  annotations: READS,
  run: async (_input, { host }) => ({
    products: (await host.api.products.list()).map(product => ProductLine.parse(product)),
  }),
})

export const createPbi = defineTool({
  name: 'create_pbi',
  title: 'Add a backlog item',
  description: 'Appends a PBI (product backlog item) to a product.',
  input: NewPbi,
  output: PbiView,
  scope: 'author',
  annotations: ADDS,
  run: async (input, { host }) => host.api.backlog.createPbi(input),
})

export const createStory = defineTool({
  name: 'create_story',
  title: 'Add a story',
  description: 'Appends a story to a PBI.',
  input: NewStory,
  output: StoryView,
  scope: 'author',
  annotations: ADDS,
  run: async (input, { host }) => host.api.backlog.createStory(input),
})

export const createTask = defineTool({
  name: 'create_task',
  title: 'Add a task',
  description: 'Appends a task to a story. Name the files to change in implementation_plan, in back-ticks.',
  input: NewTask,
  output: TaskView,
  scope: 'author',
  annotations: ADDS,
  run: async (input, { host }) => host.api.backlog.createTask(input),
})

export const updateTaskStatus = defineTool({
  name: 'update_task_status',
  title: 'Set a task’s status',
  description:
    'Sets a task by hand; its story and PBI follow. Not for the task of your job: that one follows update_job_status.',
  input: NewTaskStatus,
  output: TaskView,
  scope: 'author',
  annotations: CHANGES,
  run: async (input, { host }) => host.api.backlog.updateTaskStatus(input),
})
