import { lookForBreaches } from '../look/sample.ts'
import type { Watched } from '../look/watch.ts'
import type { Soak } from '../stage/soak.ts'
import type { Finding } from './finding.ts'
import { proveBranches, readRepoUrls } from './in-the-branches.ts'
import { proveNoProcess } from './no-process.ts'
import { proveNothingStrange, proveOneHolder, proveReports } from './of-the-agents.ts'
import { proveWorkKept } from './of-the-work.ts'
import { proveAllEnded, proveAttempts, proveDoneOnce, proveInvariants } from './on-the-board.ts'
import { proveMachinesClean } from './on-the-machines.ts'
import { type Board, readBoard } from './read-board.ts'
import { readRepositories } from './read-repositories.ts'

export interface Proof {
  findings: Finding[]
  /** How many jobs ended how. */
  counts: Record<string, number>
}

/** Looks at everything that a soak has left, the processes last, once the server has stopped. */
export async function prove(
  soak: Soak,
  { watched, planned }: { watched: Watched; planned: number },
  stopServer: () => Promise<void>,
): Promise<Proof> {
  const { pool, journal, clock, machines, remotes } = soak
  const board = await readBoard(pool)
  const repoUrls = await readRepoUrls(soak)
  const breaches = [...watched.breaches, ...((await lookForBreaches(pool)) ?? ['the database did not answer'])]
  await pool.end()
  await stopServer()
  const repositories = await readRepositories(soak)
  const findings = [
    ...proveAllEnded(board, planned),
    proveDoneOnce(board),
    proveAttempts(board),
    proveOneHolder(journal),
    proveReports(journal, board),
    proveInvariants(watched.looks + 1, breaches),
    ...proveBranches(board, repositories, repoUrls),
    ...proveWorkKept(journal, board, repositories, clock),
    ...(await proveMachinesClean(machines, repositories, remotes)),
    await proveNoProcess(soak.folder),
    proveNothingStrange(journal),
  ]
  return { findings, counts: countStatuses(board) }
}

function countStatuses({ jobs }: Board): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status } of jobs) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
