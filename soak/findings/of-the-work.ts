import { entriesOf, type Journal } from '../agents/journal.ts'
import type { Clock } from '../look/clock.ts'
import { type Finding, finding } from './finding.ts'
import type { Board } from './read-board.ts'
import type { Repositories } from './read-repositories.ts'

/** No commit that an agent made is lost, and no file that it had written when its attempt ended. */
export function proveWorkKept(journal: Journal, board: Board, { kept }: Repositories, clock: Clock): Finding[] {
  const commits = entriesOf(journal, 'committed')
  const files = entriesOf(journal, 'wrote')
  const ends = attemptEnds(board, clock)
  const inTime = files.filter(({ at, job, attempt }) => at < (ends.get(`${job} ${attempt}`) ?? 0))
  return [
    finding(
      `every commit is on a branch of a remote or on a rescue ref (${commits.length})`,
      commits
        .filter(({ sha }) => !kept.has(sha))
        .map(({ sha, slot, life, subject }) => `${sha} of ${slot}, life ${life}: ${subject}`),
    ),
    finding(
      `so is every file that was written before its attempt ended (${inTime.length} of ${files.length})`,
      inTime
        .filter(({ blob }) => !kept.has(blob))
        .map(
          ({ path, job, attempt, slot, life, blob }) =>
            `${path} (${blob}) of ${slot}, life ${life}: ${job}, attempt ${attempt}`,
        ),
    ),
  ]
}

/** When each attempt ended, by Date.now(): its last end before the next claim, because an agent may have come back to it. */
function attemptEnds({ events }: Board, clock: Clock): ReadonlyMap<string, number> {
  const claims = new Map<string, number>()
  const ends = new Map<string, number>()
  for (const { job_id, status, created_at } of events) {
    if (status === 'claimed') claims.set(job_id, (claims.get(job_id) ?? 0) + 1)
    if (status !== 'claimed' && status !== 'running')
      ends.set(`${job_id} ${claims.get(job_id) ?? 0}`, clock.toReal(created_at))
  }
  return ends
}
