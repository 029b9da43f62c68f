import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import type { Sprint } from '../store/backlog/move-items.ts'
import { newId } from '../store/new-id.ts'
import { lockProduct } from '../store/products/next-number.ts'
import { readProduct } from '../store/products/products.ts'
import { assignStories, insertSprint, nextSprintCode } from '../store/sprints/sprints.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

/** Makes a sprint of a product and puts stories into it; a story that is elsewhere or unknown refuses it whole. */
export async function createSprint(
  server: Server,
  caller: Caller,
  sprint: { productId: string; goal: string; storyIds: readonly string[] },
): Promise<{ sprint: Sprint; storyIds: string[] }> {
  return transact(server, async tx => {
    if (!(await readProduct(tx.client, caller, sprint.productId)))
      throw new AppError('NOT_FOUND', `There is no product ${sprint.productId}.`)
    await lockProduct(tx.client, sprint.productId)
    const row = await insertSprint(tx.client, {
      id: newId('sprint'),
      productId: sprint.productId,
      goal: sprint.goal,
      code: await nextSprintCode(tx.client, sprint.productId),
    })
    const taken = await assignStories(tx.client, row, sprint.storyIds)
    const refused = sprint.storyIds.filter(id => !taken.includes(id))
    if (refused.length > 0)
      throw new AppError('CONFLICT', `Not stories of this product that are in no sprint yet: ${refused.join(', ')}.`)
    tx.changed({ type: 'backlog', userId: caller.userId, productId: row.productId })
    return { sprint: row, storyIds: taken }
  })
}
