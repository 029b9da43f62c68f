import { isDecided, type TaskStatus } from '../../domain/backlog-lifecycle.ts'
import { pbiStatusFrom, storyStatusFrom } from '../../domain/propagation.ts'
import { wireWord } from '../../domain/wire-word.ts'
import { lockPbi, lockStory } from '../store/backlog/lock-parents.ts'
import { lockTask } from '../store/backlog/lock-task.ts'
import { movePbi, moveStory, moveTask } from '../store/backlog/move-items.ts'
import type { Tx } from './transact.ts'

/** Gives a task another status and lets its story and PBI follow, in the same transaction. */
export async function moveTaskAndParents(tx: Tx, userId: string, taskId: string, to: TaskStatus): Promise<void> {
  const task = await moveTask(tx.client, taskId, to)
  if (!task) return
  tx.changed({ type: 'backlog', userId, productId: task.productId, taskId, status: wireWord(to) })
  await propagateFromStory(tx, userId, task.storyId)
}

/** Lets a task, its story and PBI follow the end of work on it, unless the task is as somebody has decided. */
export async function followWork(tx: Tx, userId: string, taskId: string, to: TaskStatus): Promise<void> {
  const status = await lockTask(tx.client, taskId)
  if (status !== null && !isDecided(status)) await moveTaskAndParents(tx, userId, taskId, to)
}

/** Lets a story and its PBI follow their tasks, one of which is new or has another status. */
export async function propagateFromStory(tx: Tx, userId: string, storyId: string): Promise<void> {
  const found = await lockStory(tx.client, storyId)
  if (!found) return
  const { story, tasks } = found
  if (!(await moveStory(tx.client, story, storyStatusFrom(tasks, story.sprintId !== null)))) return
  tx.changed({ type: 'backlog', userId, productId: story.productId })
  await propagateFromPbi(tx, story.pbiId)
}

/** Lets a PBI follow its stories, one of which is new or has another status. */
export async function propagateFromPbi(tx: Tx, pbiId: string): Promise<void> {
  const above = await lockPbi(tx.client, pbiId)
  if (above) await movePbi(tx.client, above.pbi, pbiStatusFrom(above.pbi.status, above.stories))
}
