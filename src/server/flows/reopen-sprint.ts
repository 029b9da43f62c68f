import { lockSprint } from '../store/backlog/lock-parents.ts'
import { moveSprint } from '../store/backlog/move-items.ts'
import { listFailedTasks } from '../store/sprints/sprints.ts'
import { moveTaskAndParents } from './propagate.ts'
import type { Tx } from './transact.ts'

/** Makes a failed sprint OPEN again and its failed tasks TO_DO, for a run that goes on where another ended. */
export async function reopenSprint(tx: Tx, userId: string, sprintId: string): Promise<void> {
  for (const taskId of await listFailedTasks(tx.client, sprintId)) await moveTaskAndParents(tx, userId, taskId, 'TO_DO')
  const found = await lockSprint(tx.client, sprintId)
  if (found?.sprint.status === 'FAILED' && (await moveSprint(tx.client, found.sprint, 'OPEN')))
    tx.changed({ type: 'backlog', userId, productId: found.sprint.productId })
}
