import type { Soak } from '../stage/soak.ts'
import { type Finding, finding } from './finding.ts'
import type { Board, JobRow } from './read-board.ts'
import type { CommitLine, Repositories } from './read-repositories.ts'

/** What the remotes' branches say of the jobs that are done. */
export function proveBranches(
  board: Board,
  repositories: Repositories,
  repoUrls: ReadonlyMap<string, string>,
): Finding[] {
  const done = board.jobs.filter(job => job.status === 'DONE' && job.head_sha !== job.base_sha)
  const branchOf = (job: JobRow) => repositories.branches.get(`${repoUrls.get(job.product_id)} ${job.branch}`) ?? []
  return [
    finding(
      `every job that is done is on its branch (${done.length})`,
      done
        .filter(job => placeOf(job, branchOf(job)) < 0)
        .map(({ id, branch, head_sha }) => `${id}: ${head_sha} is not on ${branch}`),
    ),
    finding('each of its commits is there once', [...repositories.branches].flatMap(twiceOn)),
    finding(
      'they are there in the order of the queue',
      lanesOf(done).flatMap(lane => disorderIn(lane, branchOf)),
    ),
  ]
}

function placeOf({ head_sha }: JobRow, branch: readonly CommitLine[]): number {
  return branch.findIndex(({ sha }) => sha === head_sha)
}

/** Agents give each commit a subject of its own. */
function twiceOn([branch, commits]: [string, readonly CommitLine[]]): string[] {
  const subjects = commits.map(({ subject }) => subject)
  return subjects.filter((subject, n) => subjects.indexOf(subject) !== n).map(subject => `${branch}: ${subject}`)
}

function lanesOf(jobs: readonly JobRow[]): JobRow[][] {
  const lanes = new Map<string, JobRow[]>()
  for (const job of jobs) {
    const key = `${job.product_id} ${job.branch}`
    lanes.set(key, [...(lanes.get(key) ?? []), job])
  }
  return [...lanes.values()]
}

function disorderIn(lane: readonly JobRow[], branchOf: (job: JobRow) => readonly CommitLine[]): string[] {
  return lane.flatMap((job, n) => {
    const before = lane[n - 1]
    const isRight = !before || placeOf(before, branchOf(before)) < placeOf(job, branchOf(job))
    return isRight ? [] : [`${job.branch}: ${job.id} stands before ${before.id}`]
  })
}

/** The repository of each product. */
export async function readRepoUrls({ api }: Pick<Soak, 'api'>): Promise<ReadonlyMap<string, string>> {
  return new Map((await api.products.list()).map(({ id, repo_url }) => [id, repo_url ?? '']))
}
