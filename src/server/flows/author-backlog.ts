import type { Caller } from '../../domain/permissions.ts'
import { checkRepositoryUrl } from '../../domain/repository-url.ts'
import { AppError } from '../../errors.ts'
import { insertPbi, insertStory, insertTask, type Pbi, type Story, type Task } from '../store/backlog/insert-items.ts'
import { readPbi, readStory } from '../store/backlog/read-items.ts'
import { newId } from '../store/new-id.ts'
import { nextNumber } from '../store/products/next-number.ts'
import { readProduct } from '../store/products/products.ts'
import { propagateFromPbi, propagateFromStory } from './propagate.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

type Given<Item, Made extends keyof Item> = Omit<Item, Made | 'id' | 'code' | 'status' | 'sortOrder' | 'createdAt'>

/** Appends a PBI to a product that the caller can reach. */
export async function createPbi(server: Server, caller: Caller, pbi: Given<Pbi, never>): Promise<Pbi> {
  return transact(server, async tx => {
    if (!(await readProduct(tx.client, caller, pbi.productId))) throw unknown('product', pbi.productId)
    const number = await nextNumber(tx.client, pbi.productId, 'pbi')
    const row = await insertPbi(tx.client, { ...pbi, id: newId('pbi'), code: `PBI-${number}` })
    tx.changed({ type: 'backlog', userId: caller.userId, productId: row.productId })
    return row
  })
}

/** Appends a story to a PBI that the caller can reach. */
export async function createStory(
  server: Server,
  caller: Caller,
  story: Given<Story, 'productId' | 'sprintId'>,
): Promise<Story> {
  return transact(server, async tx => {
    const pbi = await readPbi(tx.client, caller, story.pbiId)
    if (!pbi) throw unknown('PBI', story.pbiId)
    const number = await nextNumber(tx.client, pbi.productId, 'story')
    const code = `ST-${String(number).padStart(3, '0')}`
    const row = await insertStory(tx.client, { ...story, id: newId('story'), productId: pbi.productId, code })
    tx.changed({ type: 'backlog', userId: caller.userId, productId: row.productId })
    await propagateFromPbi(tx, pbi.id)
    return row
  })
}

/** Appends a task to a story that the caller can reach. */
export async function createTask(server: Server, caller: Caller, task: Given<Task, 'productId'>): Promise<Task> {
  if (task.repoUrl) checkRepositoryUrl(task.repoUrl)
  return transact(server, async tx => {
    const story = await readStory(tx.client, caller, task.storyId)
    if (!story) throw unknown('story', task.storyId)
    const number = await nextNumber(tx.client, story.productId, 'task')
    const row = await insertTask(tx.client, {
      ...task,
      id: newId('task'),
      productId: story.productId,
      code: `T-${number}`,
    })
    tx.changed({ type: 'backlog', userId: caller.userId, productId: row.productId, taskId: row.id, status: 'todo' })
    await propagateFromStory(tx, caller.userId, story.id)
    return row
  })
}

function unknown(thing: string, id: string): AppError {
  return new AppError('NOT_FOUND', `There is no ${thing} ${id}.`)
}
