import { join } from 'node:path'
import { AppError } from '../../errors.ts'
import { type WorktreeStatus, worktreeStatus } from '../git/diff.ts'
import { isThere } from '../git/worktree-path.ts'
import { fromApi } from './api-error.ts'
import type { Host } from './host.ts'
import type { HeldWork, Hold } from './worker.ts'

/**
 * Where a held job's worktree stands, and what in it is not committed. The worktree of a claim that is over is removed,
 * also under an agent that has not heard of it: then the answer is what the server says of the claim. One that somebody
 * else has removed gives the job back.
 */
export async function statusAtWork(host: Host, { hold, order }: HeldWork): Promise<WorktreeStatus> {
  const path = order.worktree_path
  try {
    return await worktreeStatus(host.git, path)
  } catch (error) {
    if (await isThere(join(path, '.git'))) throw error
    try {
      await host.api.jobs.renew(hold)
      return await giveUp(host, hold, path)
    } catch (answer) {
      throw fromApi(answer)
    }
  }
}

/** Gives a job back whose worktree is gone; always throws, with what its agent is to do. */
export async function giveUp(host: Host, hold: Hold, path: string): Promise<never> {
  const reason = `The worktree ${path} is gone.`
  await host.api.jobs.giveBack({ ...hold, blame: 'setup', reason })
  throw new AppError('GIT_FAILED', `${reason} Job ${hold.job_id} went back into the queue; its commits are kept.`, {
    hint: 'Call wait_for_job without resume: it makes a new worktree.',
  })
}
