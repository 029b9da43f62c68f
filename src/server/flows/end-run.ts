import { sprintStatusAfterRun } from '../../domain/propagation.ts'
import { isRunEnded, runOutcome, type SprintRunStatus } from '../../domain/sprint-run-lifecycle.ts'
import { lockSprint } from '../store/backlog/lock-parents.ts'
import { moveSprint } from '../store/backlog/move-items.ts'
import type { SprintRun } from '../store/jobs/lock-job.ts'
import { listRunJobStatuses, moveRun } from '../store/runs/runs.ts'
import type { Tx } from './transact.ts'

/** Ends a locked run of which no live job remains, and settles its sprint; otherwise does nothing. */
export async function endRunIfOver(tx: Tx, run: SprintRun): Promise<void> {
  if (isRunEnded(run.status)) return
  const outcome = runOutcome(await listRunJobStatuses(tx.client, run.id))
  if (!outcome) return
  await changeRun(tx, run, outcome)
  const found = await lockSprint(tx.client, run.sprintId)
  if (!found) return
  const { sprint, stories } = found
  if (await moveSprint(tx.client, sprint, sprintStatusAfterRun(sprint.status, outcome, stories)))
    tx.changed({ type: 'backlog', userId: run.userId, productId: sprint.productId })
}

/** Gives a locked run another status, with its event. */
export async function changeRun(
  tx: Tx,
  run: SprintRun,
  to: SprintRunStatus,
  patch: { pauseReason?: string | null } = {},
): Promise<void> {
  await moveRun(tx.client, run, to, patch)
  tx.changed({
    type: 'sprint_run_status',
    userId: run.userId,
    productId: run.productId,
    sprintRunId: run.id,
    status: to.toLowerCase(),
  })
}
