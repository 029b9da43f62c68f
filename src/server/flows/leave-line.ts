import { lineBase } from '../../domain/branch-name.ts'
import type { LineEnd } from '../../domain/line-end.ts'
import type { Caller } from '../../domain/permissions.ts'
import { AppError } from '../../errors.ts'
import { markLeft } from '../store/lines/lines.ts'
import { lockWaitingInLane, moveRunToBranch, moveToBranch } from '../store/lines/move-lane.ts'
import { type Hold, lockHeld } from './hold.ts'
import { jobChange } from './job-change.ts'
import { reserveLine } from './reserve-line.ts'
import type { Server } from './server-context.ts'
import { transact } from './transact.ts'

/**
 * Leaves a line that its host has found to be over, before there is a worktree: the job and those that wait behind it
 * go on the next line, from the default branch. Returns its branch, also when it is repeated.
 */
export async function leaveLine(
  server: Server,
  caller: Caller,
  hold: Hold,
  line: { branch: string; reason: LineEnd },
): Promise<string> {
  return transact(server, async tx => {
    const { job, run } = await lockHeld(tx, caller, hold)
    const { repoKey, branch } = job
    if (repoKey === null || branch === null) throw new AppError('INTERNAL_ERROR', `Job ${job.id} has no branch.`)
    if (branch !== line.branch) return branch
    if (job.status !== 'CLAIMED') throw new AppError('INVALID_TRANSITION', 'The job has its worktree already.')
    const waiting = await lockWaitingInLane(tx.client, job)
    await markLeft(tx.client, job, line.reason)
    const next = await reserveLine(tx.client, { repoKey, base: lineBase(branch) })
    if (run?.branch === branch) await moveRunToBranch(tx.client, run.id, next)
    for (const moved of await moveToBranch(tx.client, [job, ...waiting], next)) {
      tx.changed(jobChange(moved))
      tx.tell(moved, 'LINE_LEFT', `Goes on on ${next}: ${branch} ${WHY_LEFT[line.reason]}.`)
    }
    return next
  })
}

const WHY_LEFT: Record<LineEnd, string> = {
  MERGED: 'was merged',
  GONE: 'is gone from origin',
  FOREIGN: 'on origin is not ours',
}
