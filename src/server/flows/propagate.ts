import { isDecided, type TaskStatus } from '../../domain/backlog-lifecycle.ts'
import { pbiStatusFrom, storyStatusFrom } from '../../domain/propagation.ts'
import { wireWord } from '../../domain/wire-word.ts'
import type { Task } from '../store/backlog/insert-items.ts'
import { lockPbi, lockStory } from '../store/backlog/lock-parents.ts'
import { lockTask } from '../store/backlog/lock-task.ts'
import { movePbi, moveStory, moveTask } from '../store/backlog/move-items.ts'
import type { Tx } from './transact.ts'

/** Locks a task, gives it another status and lets its story and PBI follow, in the same transaction. */
export async function moveTaskAndParents(tx: Tx, userId: string, taskId: string, to: TaskStatus): Promise<void> {
  const task = await lockTask(tx.client, taskId)
  if (task) await moveLockedTask(tx, userId, task, to)
}

/** The same for a task that is locked. */
export async function moveLockedTask(tx: Tx, userId: string, task: Task, to: TaskStatus): Promise<void> {
  if (!(await moveTask(tx.client, task, to))) return
  tx.changed({ type: 'backlog', userId, productId: task.productId, taskId: task.id, status: wireWord(to) })
  await propagateFromStory(tx, userId, task.storyId)
}

/** Lets a task, its story and PBI follow the end of work on it, unless the task is as somebody has decided. */
export async function followWork(tx: Tx, userId: string, taskId: string, to: TaskStatus): Promise<void> {
  const task = await lockTask(tx.client, taskId)
  if (task && !isDecided(task.status)) await moveLockedTask(tx, userId, task, to)
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
