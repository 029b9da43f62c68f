import { z } from 'zod'
import type { Soak } from '../stage/soak.ts'
import type { Claimed } from './claimed.ts'
import { type Connection, HostGone, Refusal } from './connection.ts'
import { report } from './do-task.ts'
import type { Slot } from './slot.ts'
import { WHIM_WEIGHTS, WHIMS } from './whims.ts'
import { beginWork, callAbout, type Work } from './work.ts'

/** Works on a job that the agent was given. An agent that goes on with one, or is given it again, finishes it. */
export async function workOn(
  soak: Soak,
  slot: Slot,
  connection: Connection,
  { job, goesOn }: { job: Claimed; goesOn: boolean },
): Promise<void> {
  const work = beginWork(soak, slot, connection, job)
  const { worktree_path: worktree, branch_name: branch } = job
  soak.journal.write({ what: 'claimed', worktree, branch, resumed: goesOn, ...work.about })
  try {
    await WHIMS[goesOn ? 'finish' : work.stream.weighted(WHIM_WEIGHTS)](work)
  } catch (error) {
    if (error instanceof HostGone || connection.gone.signal.aborted) throw new HostGone()
    if (isOver(error)) return
    await giveUp(work, error)
  }
}

/** What an agent is told whose claim has ended. */
function isOver(error: unknown): boolean {
  return error instanceof Refusal && (error.code === 'LEASE_LOST' || error.code === 'JOB_CANCELLED')
}

/** Something went wrong that no claim's end explains so far: it is reported, and strange if the claim still holds. */
async function giveUp(work: Work, error: unknown): Promise<void> {
  const { soak, slot } = work
  const text = error instanceof Error ? error.message : String(error)
  try {
    await callAbout(work, 'job_heartbeat', {}, z.looseObject({}))
    soak.journal.write({ what: 'strange', slot: slot.name, life: slot.lives, text: `${work.about.job}: ${text}` })
    await report(work, { status: 'failed', error: `It went wrong: ${text}`.slice(0, 500) })
  } catch (failure) {
    if (!isOver(failure)) throw failure
  }
}
