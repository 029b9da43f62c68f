import { listActivityTurns, readActivityTurn } from '../store/jobs/activity.ts'
import { lockJob } from '../store/jobs/lock-job.ts'
import { jobChange } from './job-change.ts'
import type { Server } from './server-context.ts'
import { type Tx, transact } from './transact.ts'

const BATCH = 200

/**
 * Tells, in its history and to those who watch, of every job that has stalled and of every one that goes on after it
 * had; once for each. Whether a job is stalled is read from its last sign alone. Returns the ids.
 */
export async function tellStalls(server: Server): Promise<string[]> {
  const told: string[] = []
  for (const jobId of await listActivityTurns(server.pool, BATCH))
    if (await transact(server, tx => tell(tx, jobId))) told.push(jobId)
  return told
}

async function tell(tx: Tx, jobId: string): Promise<boolean> {
  const locked = await lockJob(tx.client, jobId)
  const isStalled = await readActivityTurn(tx.client, jobId)
  if (!locked || isStalled === null) return false
  const { job } = locked
  tx.changed({ ...jobChange(job), type: 'claude_job_activity', status: isStalled ? 'stalled' : 'active' })
  if (isStalled) tx.tell(job, 'STALLED', 'No call of its agent and no change of its worktree for 30 minutes.')
  else tx.tell(job, 'ACTIVE', 'Its agent is at work again.')
  return true
}
