import { listWorktrees, type WorktreeMark } from '../git/list-worktrees.ts'
import { isBelow } from '../git/worktree-path.ts'
import type { Host, LocalHost } from './host.ts'
import { listKnownRoots } from './known-roots.ts'

/** A worktree of this data folder, by git's record; its folder may be gone. */
export interface StandingWorktree {
  root: string
  path: string
  mark: WorktreeMark
  /** On which it is now. */
  branch: string | null
}
export interface JudgedWorktree extends StandingWorktree {
  /** Null when the job is unknown to the server, or another user's. */
  claim: 'live' | 'dead' | null
}

const MOST_AT_ONCE = 500

/** The worktrees of this data folder, and whether the claims that they were made for are over. */
export async function listStandingWorktrees(host: Host): Promise<JudgedWorktree[]> {
  const standing = await listAllWorktrees(host)
  const judged: JudgedWorktree[] = []
  for (let n = 0; n < standing.length; n += MOST_AT_ONCE)
    judged.push(...(await judge(host, standing.slice(n, n + MOST_AT_ONCE))))
  return judged
}

async function judge(host: Host, standing: readonly StandingWorktree[]): Promise<JudgedWorktree[]> {
  const claims = standing.map(({ mark }) => ({ job_id: mark.jobId, attempt: mark.claimNo }))
  const judged = new Map((await host.api.jobs.judgeClaims({ claims })).claims.map(claim => [keyOf(claim), claim.state]))
  return standing.map((worktree, n) => ({ ...worktree, claim: judged.get(keyOf(claims[n])) ?? null }))
}

/** The worktrees of this data folder, in every repository that it remembers. */
export async function listAllWorktrees(host: LocalHost): Promise<StandingWorktree[]> {
  const lists = await Promise.all((await listKnownRoots(host)).map(root => listOwnWorktrees(host, root)))
  return lists.flat()
}

/** The worktrees of a repository that carry our mark and lie in our folder. A repository that cannot be read has none. */
export async function listOwnWorktrees(host: LocalHost, root: string): Promise<StandingWorktree[]> {
  try {
    const ours: StandingWorktree[] = []
    for (const { path, mark, branch } of await listWorktrees(host.git, root))
      if (mark && (await isBelow(host.worktreesDir, path))) ours.push({ root, path, mark, branch })
    return ours
  } catch (error) {
    host.log.warn({ err: error, root }, 'the worktrees of a repository could not be listed')
    return []
  }
}

function keyOf(claim: { job_id: string; attempt: number } | undefined): string {
  return `${claim?.job_id} ${claim?.attempt}`
}
