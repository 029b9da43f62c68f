import { lineBase } from '../../domain/branch-name.ts'
import type { PoolClient } from '../store/database.ts'
import type { Job } from '../store/jobs/lock-job.ts'
import { moveToBranch } from '../store/lines/move-lane.ts'
import { reserveLine } from './reserve-line.ts'

/**
 * Lets new jobs go on the lines that work of their names goes on now; a continuation on those that the run before it
 * has broken. Lane by lane in one order, so that two starts never wait for each other.
 */
export async function reserveLanes(
  client: PoolClient,
  jobs: readonly Job[],
  continuedRunId: string | null,
): Promise<Job[]> {
  const lanes = new Map<string, Job[]>()
  for (const job of jobs) {
    const key = `${job.repoKey} ${job.branch}`
    lanes.set(key, [...(lanes.get(key) ?? []), job])
  }
  const placed: Job[] = []
  for (const key of [...lanes.keys()].sort())
    placed.push(...(await reserve(client, lanes.get(key) ?? [], continuedRunId)))
  return placed.sort((one, other) => one.sequence - other.sequence)
}

async function reserve(
  client: PoolClient,
  lane: readonly Job[],
  continuedRunId: string | null,
): Promise<readonly Job[]> {
  const [job] = lane
  if (!job?.repoKey || !job.branch) return lane
  const branch = await reserveLine(client, { repoKey: job.repoKey, base: lineBase(job.branch), continuedRunId })
  return branch === job.branch ? lane : moveToBranch(client, lane, branch)
}
